// SPDX-License-Identifier: MIT
#include "support/token.hpp"

#include "support/descriptor.hpp"
#include "support/secret.hpp"
#include "system/private_files.hpp"
#include "system/regular_file.hpp"
#include "system/surroundings.hpp"

#include <fcntl.h>

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

/// `others`: how they may know of it.
void make_sure_of(const std::filesystem::path& path, const std::string& others) {
    if (!others.empty()) fail(path, others);
}

std::error_code write_new(const std::filesystem::path& path) {
    const descriptor file(private_files::create(path));
    if (file.get() < 0) return {errno, std::generic_category()};
    try {
        write_all(file.get(), secret::random_text(32) + '\n');
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

/// Makes one, whole from the beginning; of several who do so at once all get the same.
void make(const std::filesystem::path& path) {
    const std::filesystem::path unnamed = path.string() + '.' + secret::random_text(8);
    std::error_code failure = write_new(unnamed);
    if (!failure) std::filesystem::create_hard_link(unnamed, path, failure);
    std::error_code ignored;
    std::filesystem::remove(unnamed, ignored);
    if (failure && failure != std::errc::file_exists)
        fail(path, "cannot be made: " + failure.message());
}

descriptor open(const std::filesystem::path& path) {
    try {
        return open_regular_file(path.string(), O_RDONLY | refuse_links);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(std::string("token file ") + error.what());
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::too_many_symbolic_link_levels)
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
    make_sure_of(path, private_files::readers_of(file.get()));
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    make_sure_of(path, private_files::writers_of_folder(folder));
    std::array<char, 4096> room{};
    const auto bytes = std::as_writable_bytes(std::span(room));
    std::string text(room.data(), read_some(file.get(), bytes, path.string().c_str()));
    text.erase(std::min(text.find('\n'), text.size()));
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    if (text.empty()) fail(path, "is empty; remove it, and the server makes a new one");
    return text;
}

std::string read_or_make(const std::filesystem::path& path) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) make(path);
    return read(path);
}

} // namespace token
