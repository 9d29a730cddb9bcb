// SPDX-License-Identifier: MIT
#include "system/file_identity.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

named who_has(const std::string& name, int file) {
    struct stat ours {};
    struct stat there {};
    const bool is_none = ::stat(name.c_str(), &there) != 0;
    if (::fstat(file, &ours) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot look at " + name);
    if (is_none) return named::none;
    return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino ? named::this_one
                                                                      : named::another;
}
