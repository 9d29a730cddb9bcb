// SPDX-License-Identifier: MIT
#include "system/process_descriptor.hpp"

#include <cerrno>

namespace process_descriptor {

int open(pid_t) {
    errno = ENOSYS;
    return -1;
}

bool send(int, int, bool) {
    errno = ENOSYS;
    return false;
}

} // namespace process_descriptor
