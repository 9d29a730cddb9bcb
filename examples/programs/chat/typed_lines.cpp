// SPDX-License-Identifier: MIT
#include "chat/typed_lines.hpp"

#include "chat/command.hpp"
#include "support/descriptor.hpp"
#include "system/own_file.hpp"
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace chat {
namespace {

constexpr std::uint64_t longest = 256 * 1024; // bytes; then the older half goes

void make_folders_of(const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    const mode_t before = ::umask(077); // as the XDG Base Directory Specification asks
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    ::umask(before);
    if (failure) throw std::system_error(failure, folder.string());
}

descriptor open(const std::string& path) {
    make_folders_of(path);
    descriptor file =
        open_regular_file(path, O_RDWR | O_CREAT | O_APPEND | refuse_links, S_IRUSR | S_IWUSR);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || status.st_uid != ::geteuid())
        throw std::invalid_argument(path + " is another user's");
    if ((status.st_mode & 077) != 0 && ::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0)
        throw std::system_error(errno, std::generic_category(), path);
    return file;
}

std::string contents(int file, const char* what) {
    std::string text;
    std::array<std::byte, 64 * 1024> piece{};
    while (const std::size_t size = read_at(file, text.size(), piece, what))
        text.append(reinterpret_cast<const char*>(piece.data()), size);
    return text;
}

} // namespace

std::string typed_lines::default_path() {
    const auto folder = [](const char* name) {
        const char* const value = std::getenv(name);
        return value != nullptr && *value == '/' ? std::string(value) : std::string();
    };
    std::string state = folder("XDG_STATE_HOME");
    if (const std::string home = folder("HOME"); state.empty() && !home.empty())
        state = home + "/.local/state";
    return state.empty() ? state : state + "/framing/chat_history";
}

std::vector<std::string> typed_lines::load() const {
    const descriptor file = open(path_);
    struct stat status {};
    if (::fstat(file.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > longest &&
        own_file::take(file.get())) {
        std::string text = contents(file.get(), path_.c_str());
        text.erase(0, std::min(text.find('\n', text.size() - longest / 2), text.size() - 1) + 1);
        if (!own_file::cut(file.get(), 0))
            throw std::system_error(errno, std::generic_category(), path_);
        write_all(file.get(), text, path_.c_str());
    }
    std::vector<std::string> lines;
    const std::string text = contents(file.get(), path_.c_str());
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
        lines.push_back(text.substr(begin, end - begin));
    return lines;
}

void typed_lines::append(std::string_view line) const {
    write_all(open(path_).get(), std::string(line) + '\n', path_.c_str());
}

bool typed_lines::keeps(std::string_view line) {
    if (line.empty() || line.starts_with(' ')) return false;
    const auto wish = parse_command(line);
    return !wish || wish->name != "/msg";
}

} // namespace chat
