// SPDX-License-Identifier: MIT
#include "support/token.hpp"

#include "support/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace token {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw std::runtime_error("token file " + path.string() + ": " + why);
}

} // namespace

std::filesystem::path default_path() {
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime != 0)
        return std::filesystem::path(runtime) / "framing-token";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0)
        return std::filesystem::path(home) / ".framing-token";
    throw std::runtime_error("neither XDG_RUNTIME_DIR nor HOME says where the token is: "
                             "use --token-file");
}

std::string read(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        fail(path, std::generic_category().message(errno) +
                       "; a server on this machine makes it, or use --token-file");
    if (!S_ISREG(status.st_mode)) fail(path, "is not a file");
    if ((status.st_mode & 077) != 0) fail(path, "others can read it; run chmod 600 on it");
    std::ifstream file(path);
    std::string text;
    if (!std::getline(file, text) && !file.eof()) fail(path, "cannot be read");
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    if (text.empty()) fail(path, "is empty; remove it, and the server makes a new one");
    return text;
}

std::string read_or_make(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
        const std::string text = secret::random_text(32) + '\n';
        const bool written =
            ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::close(file);
        if (!written) fail(path, "cannot be written");
    } else if (errno != EEXIST) {
        fail(path, "cannot be made: " + std::generic_category().message(errno));
    }
    return read(path);
}

} // namespace token
