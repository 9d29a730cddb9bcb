// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

/// Processes by descriptor, so that no other is meant that has got the number. Errors are in errno;
/// ENOSYS where the system has no such thing.
namespace process_descriptor {

/// Returns: one for a child, or -1.
[[nodiscard]] int open(pid_t child);

/// Sends a signal to the process, or to all of its group. Returns: whether it was sent.
[[nodiscard]] bool send(int process, int signal, bool whole_group);

} // namespace process_descriptor
