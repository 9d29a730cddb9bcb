// SPDX-License-Identifier: MIT
#include "support/token.hpp"

#include "support/descriptor.hpp"
#include "support/secret.hpp"
#include "system/regular_file.hpp"
#include "system/surroundings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace token {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw std::runtime_error("token file " + path.string() + ": " + why);
}

/// Whoever may write there can put another file in its place, but for a folder such as /tmp.
void make_sure_of_folder(const std::filesystem::path& path) {
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0)
        fail(path, folder.string() + ": " + std::generic_category().message(errno));
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        fail(path, "others can write to " + folder.string() + "; run chmod o-w on it");
}

/// Makes one, whole from the beginning; of several who do so at once all get the same.
void make(const std::filesystem::path& path) {
    const std::filesystem::path unnamed = path.string() + '.' + secret::random_text(8);
    const descriptor file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) fail(path, "cannot be made: " + std::generic_category().message(errno));
    const std::string text = secret::random_text(32) + '\n';
    const bool written =
        ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool named = written && (::link(unnamed.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int error = errno;
    ::unlink(unnamed.c_str());
    if (!named) fail(path, "cannot be made: " + std::generic_category().message(error));
}

descriptor open(const std::filesystem::path& path) {
    try {
        return open_regular_file(path, O_RDONLY | O_NOFOLLOW);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(std::string("token file ") + error.what());
    } catch (const std::system_error& error) {
        if (error.code().value() == ELOOP)
            fail(path, "is a symbolic link, which others may have made");
        fail(path,
             error.code().message() + "; a server on this machine makes it, or use --token-file");
    }
}

} // namespace

std::filesystem::path default_path() {
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime != 0)
        return std::filesystem::path(runtime) / "framing-token";
    if (const std::filesystem::path home = surroundings::home(); !home.empty())
        return home / ".framing-token";
    throw std::runtime_error("neither XDG_RUNTIME_DIR nor HOME says where the token is: "
                             "use --token-file");
}

std::string read(const std::filesystem::path& path) {
    // What was judged is what is read, whatever takes its name meanwhile.
    const descriptor file = open(path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) fail(path, std::generic_category().message(errno));
    if (status.st_uid != ::geteuid())
        fail(path, "is user " + std::to_string(status.st_uid) + "'s, who knows what is in it");
    if ((status.st_mode & 077) != 0) fail(path, "others can read it; run chmod 600 on it");
    make_sure_of_folder(path);
    std::array<char, 4096> room{};
    const auto bytes = std::as_writable_bytes(std::span(room));
    std::string text(room.data(), read_some(file.get(), bytes, path.c_str()));
    text.erase(std::min(text.find('\n'), text.size()));
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    if (text.empty()) fail(path, "is empty; remove it, and the server makes a new one");
    return text;
}

std::string read_or_make(const std::filesystem::path& path) {
    if (::access(path.c_str(), F_OK) != 0) make(path);
    return read(path);
}

} // namespace token
