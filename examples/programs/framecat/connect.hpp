// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/view_options.hpp"
#include "framecat/wire_options.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"

namespace framecat {

struct connect_options {
    contact::options server;
    wire_options wire;
    view_options view;
};

void add_options(command_line& line, connect_options& options);

/// Speaks with a server: each line of standard input is a frame, what comes back is shown. Returns:
/// the exit code.
int connect(const connect_options& options);

} // namespace framecat
