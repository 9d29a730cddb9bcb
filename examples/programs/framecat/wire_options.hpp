// SPDX-License-Identifier: MIT
#pragma once

#include <framing/limits.hpp>

#include "support/command_line.hpp"

#include <string>

namespace framecat {

/// How frames are on the wire, and what they may have.
struct wire_options {
    framing::limits limits;
    std::string format = "standard"; // or "lesson"

    [[nodiscard]] bool is_lesson() const { return format == "lesson"; }
};

/// As all commands have them.
inline void add_options(command_line& line, wire_options& wire) {
    line.add("--format", wire.format, "how the sizes are sent; see docs/lesson.md")
        .among({"standard", "lesson"});
    line.add("--max-header", wire.limits.max_header_size, "of a header")
        .in_bytes()
        .between(0, most_size);
    line.add("--max-depth", wire.limits.max_depth, "levels of nesting")
        .named("N")
        .between(0, most_size);
}

/// What a body may have, where it is held.
inline void add_body_limit(command_line& line, wire_options& wire) {
    line.add("--max-body", wire.limits.max_body_size, "of a body").in_bytes().between(0, most_size);
}

} // namespace framecat
