// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t longest_name = 32; // characters

/// Whether it can be the name of a member or a room: 1 to 32 characters, none of them a control,
/// invisible, white-space, private-use or unassigned one.
[[nodiscard]] bool is_name(std::string_view text);

/// The same for names that people take for the same: ASCII letters without regard to case,
/// accents however they are put together.
[[nodiscard]] std::string name_key(std::string_view name);

/// Whether a text has this name in it, as a word of its own.
[[nodiscard]] bool mentions(std::string_view text, std::string_view name);

} // namespace chat
