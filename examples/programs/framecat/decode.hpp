// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/view_options.hpp"
#include "framecat/wire_options.hpp"
#include "support/command_line.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace framecat {

struct decode_options {
    wire_options wire;
    std::optional<std::size_t> max_body;
    std::string file = "-";
    view_options view;
    std::vector<std::string> conditions;
    std::optional<std::size_t> raw_body; // the number of the frame
    bool count = false;
    bool follow = false;
};

void add_options(command_line& line, decode_options& options);

/// Shows the frames of a file or of standard input. Returns: the exit code.
int decode(const decode_options& options);

} // namespace framecat
