// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

/// Others' text on one line, in which nothing acts on a terminal: controls, and what changes the
/// direction of text, become escapes as JSON writes them, and bytes that are no UTF-8 become
/// U+FFFD. A line of JSON stays one, with the same value.
[[nodiscard]] std::string visible(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);
