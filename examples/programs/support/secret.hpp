// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// What nobody else should be able to guess.
namespace secret {

/// Fills it with what is random enough for keys.
/// Throws: std::runtime_error where there is none.
void fill_random(std::span<unsigned char> bytes);

/// As hexadecimal digits, two a byte.
[[nodiscard]] std::string random_text(std::size_t bytes);

/// Compares in a time that tells nothing of where they differ.
[[nodiscard]] bool equal(std::string_view a, std::string_view b);

} // namespace secret
