// SPDX-License-Identifier: MIT
#include "file/selection.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace {

const char* kind_of(mode_t mode) {
    if (S_ISLNK(mode)) return "a symbolic link";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

bool leads_inside(const selection::candidate& link) {
    std::error_code error;
    const auto target = std::filesystem::canonical(link.path, error);
    const auto top = std::filesystem::canonical(*link.within, error);
    if (error) return false;
    return std::mismatch(top.begin(), top.end(), target.begin(), target.end()).first == top.end();
}

} // namespace

bool selection::look(const candidate& one, struct stat& status) const {
    const char* const path = one.path.c_str();
    // Who has named a link means what it leads to.
    if ((one.within ? ::lstat(path, &status) : ::stat(path, &status)) != 0) return cannot_read(one);
    if (S_ISLNK(status.st_mode) && options_.follow_links) {
        if (!leads_inside(one))
            return leave_out(one, "the symbolic link leads out of the folder that is sent");
        if (::stat(path, &status) != 0) return cannot_read(one);
    }
    if (S_ISDIR(status.st_mode) && !options_.recursive) {
        report_.failed(one.path, "not_a_file", "it is a folder (-r sends folders)");
        return false;
    }
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return true;
    return leave_out(one, std::string("it is ") + kind_of(status.st_mode));
}

bool selection::open(const candidate& one, descriptor& file, struct stat& status) const {
    const bool follows = options_.follow_links || !one.within;
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const mode_t kind = status.st_mode & S_IFMT;
    file = descriptor(::open(one.path.c_str(), follows ? flags : flags | O_NOFOLLOW));
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return cannot_read(one);
    if ((status.st_mode & S_IFMT) == kind) return true;
    return leave_out(one, "it has become something else meanwhile");
}

/// Returns: false.
bool selection::leave_out(const candidate& one, const std::string& why) const {
    report_.left_out(one.name, why);
    return false;
}

/// Returns: false.
bool selection::cannot_read(const candidate& one) const {
    report_.failed(one.path, "not_readable", std::generic_category().message(errno));
    return false;
}
