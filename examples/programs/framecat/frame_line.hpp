// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/wire_options.hpp"

#include <string>
#include <string_view>

namespace framecat {

/// The frame that a line of JSON describes, as line_view writes it.
/// Throws: std::runtime_error, which says what is wrong, and in which column.
[[nodiscard]] std::string frame_of(std::string_view line, const wire_options& wire);

/// What such a line looks like.
inline constexpr std::string_view example_line = R"({"header":{"type":"chat"},"text":"hello"})";

} // namespace framecat
