// SPDX-License-Identifier: MIT
#include "system/own_file.hpp"

#include <sys/file.h>
#include <unistd.h>

namespace own_file {

bool take(int file) {
    return ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

bool cut(int file, std::uint64_t size) {
    return ::ftruncate(file, static_cast<off_t>(size)) == 0;
}

bool sync(int file) {
    return ::fdatasync(file) == 0;
}

} // namespace own_file
