// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace framing::inline v0::detail {

/// Above 9 of what is no digit.
[[nodiscard]] constexpr unsigned digit_of(char c) noexcept {
    return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return digit_of(c) <= 9;
}

/// An unsigned integer of 64 bits written in digits alone, as `body_size` has to be.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr std::optional<std::uint64_t>
parse_size(std::string_view text) noexcept {
    constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
    constexpr std::size_t longest = std::numeric_limits<std::uint64_t>::digits10 + 1;
    if (text.size() - 1 >= longest || (text.front() == '0' && text.size() != 1))
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        // Only with the last possible digit can it become too large.
        if (text.size() == longest && value > (most - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

} // namespace framing::inline v0::detail
