// SPDX-License-Identifier: MIT
#pragma once

#include <framing/limits.hpp>

#include "support/command_line.hpp"

namespace framecat {

/// What a header may have, as all commands have it.
inline void add_header_limits(command_line& line, framing::limits& limits) {
    line.add("--max-header", limits.max_header_size, "of a header")
        .in_bytes()
        .between(0, most_size);
    line.add("--max-depth", limits.max_depth, "levels of nesting").named("N").between(0, most_size);
}

/// What a body may have, where it is held.
inline void add_body_limit(command_line& line, framing::limits& limits) {
    line.add("--max-body", limits.max_body_size, "of a body").in_bytes().between(0, most_size);
}

} // namespace framecat
