// SPDX-License-Identifier: MIT
#include "system/process_descriptor.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace process_descriptor {

// By number, as not every libc that Linux runs with knows them.
int open(pid_t child) {
    return static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
}

bool send(int process, int signal, bool whole_group) {
    const unsigned flags = whole_group ? 4 : 0; // since Linux 6.9
    return ::syscall(SYS_pidfd_send_signal, process, signal, nullptr, flags) == 0;
}

} // namespace process_descriptor
