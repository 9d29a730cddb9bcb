// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

/// Numbers as people write them, with a unit behind: 64K, 500ms.
namespace units {

/// How many of what is meant one of each unit is.
using table = std::map<std::string, double>;

[[nodiscard]] const table& of_bytes();   // K, M, G, T
[[nodiscard]] const table& of_seconds(); // ms, s, m, h, d

/// Makes a number with a unit one without; leaves one without, and what is none, as it is.
/// Returns: what is wrong with it.
[[nodiscard]] std::string take_away(std::string& text, const table& units);

/// With the largest unit of which it is a whole number.
[[nodiscard]] std::string written(double number, const table& units);
/// Without one.
[[nodiscard]] std::string written(double number);

/// Whether it is a number that is read as 0, which often means none, and is not.
[[nodiscard]] bool vanishes(const std::string& text);

} // namespace units
