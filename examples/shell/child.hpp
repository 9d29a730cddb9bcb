// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <sys/types.h>

#include <map>
#include <string>
#include <system_error>

/// A shell command that runs in a process group of its own, with our ends of its three pipes. It
/// inherits nothing else: no descriptor, no signal mask, no ignored signal.
struct child {
    pid_t pid = -1; // of the process, and of its group
    descriptor in;
    descriptor out;
    descriptor err;
};

struct child_options {
    std::string command;
    std::string directory;                          // empty: the server's own
    std::map<std::string, std::string> environment; // on top of the server's own
};

/// Runs `/bin/sh -c -- command`.
[[nodiscard]] std::error_code spawn(const child_options& options, child& result);

/// Sends a signal to all of a child's group. Returns: whether anybody was there.
bool signal_group(pid_t group, int signal);
