// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text as a terminal draws it, in columns. It may be coloured; what a terminal would take for
/// anything else is not in it.
namespace chat {

/// No less than a terminal takes for it; some draw emoji of several characters narrower.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// Broken between words, and beside wide characters, into rows that fit; all but the first begin
/// with `indent` spaces. A word that fits into no row stays whole, so that an address can be
/// copied. No columns: as it is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

/// As much as fits, then "...", where not all does.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

} // namespace chat
