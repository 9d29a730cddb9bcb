// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/reception.hpp"
#include "framecat/view_options.hpp"
#include "framecat/wire_options.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"

namespace framecat {

struct watch_options {
    reception_options reception;
    contact::options upstream;
    wire_options wire;
    view_options view;
};

void add_options(command_line& line, watch_options& options);

/// Passes on what goes between those who connect and a server, every byte as it is, and shows the
/// frames. Returns: the exit code.
int watch(const watch_options& options);

} // namespace framecat
