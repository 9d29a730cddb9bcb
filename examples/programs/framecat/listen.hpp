// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/reception.hpp"
#include "framecat/view_options.hpp"
#include "framecat/wire_options.hpp"
#include "support/command_line.hpp"

namespace framecat {

struct listen_options {
    reception_options reception;
    wire_options wire;
    view_options view;
    bool once = false;
};

void add_options(command_line& line, listen_options& options);

/// Shows what those who connect send; each line of standard input is a frame for all of them.
/// Returns: the exit code.
int listen(const listen_options& options);

} // namespace framecat
