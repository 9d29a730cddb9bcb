// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace framing::inline v0::detail {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// An unsigned integer of 64 bits written in digits alone, as `body_size` has to be.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (most - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

/// As parse_size, for 1 to 8 digits: those of `last_eight`, the first byte its lowest, that stand
/// last. No step depends on how many there are.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr std::optional<std::uint64_t>
parse_short_size(std::uint64_t last_eight, std::size_t digits) noexcept {
    constexpr std::uint64_t every = 0x0101010101010101;
    // What stands before the digits becomes leading zeros.
    const std::uint64_t value = (last_eight ^ '0' * every) & ~std::uint64_t{0} << (64 - 8 * digits);
    if ((((value + 0x76 * every) | value) & 0x80 * every) != 0) return std::nullopt;
    // Two digits, then four, then eight become one number in each step.
    const std::uint64_t pairs = value * 10 + (value >> 8);
    const std::uint64_t high = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
    const std::uint64_t low = (pairs >> 16 & 0x000000ff000000ff) * 0x0000271000000001;
    return (high + low) >> 32;
}

} // namespace framing::inline v0::detail
