// SPDX-License-Identifier: MIT
#include "system/log_descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

descriptor own_standard_error() {
    struct stat about {};
    if (::fstat(STDERR_FILENO, &about) != 0 ||
        (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)))
        return {};
    return descriptor(::open("/proc/self/fd/2", // its flags are others', too
                             O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}
