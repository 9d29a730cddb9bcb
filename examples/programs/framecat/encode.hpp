// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/wire_options.hpp"
#include "support/command_line.hpp"

#include <string>

namespace framecat {

struct encode_options {
    wire_options wire;
    std::string file = "-";
};

void add_options(command_line& line, encode_options& options);

/// Lines of JSON in, frames out. Returns: the exit code.
int encode(const encode_options& options);

} // namespace framecat
