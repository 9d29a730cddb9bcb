// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/words.hpp>

#include <algorithm>
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

/// Where the digits end that stand at `at`. Behind them is no digit, and all up to `last` may be
/// looked at.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr const char* behind_digits(const char* at,
                                                                        const char* last) noexcept {
    constexpr auto high = every_byte<std::uint64_t>(0x80);
    if (last - at >= 8) {
        const std::uint64_t values = load_word<std::uint64_t>(at) ^ every_byte<std::uint64_t>('0');
        // Up to the first byte that is no digit the sums do not carry.
        const std::uint64_t others =
            ((values + every_byte<std::uint64_t>(0x80 - 10)) | values) & high;
        if (others != 0) return at + lowest_bit(others) / 8;
        at += 8;
    }
    while (is_digit(*at)) ++at;
    return at;
}

/// An unsigned integer of 64 bits written in digits alone, as `body_size` has to be.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr std::optional<std::uint64_t>
parse_size(std::string_view text) noexcept {
    constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
    constexpr std::size_t safe = std::numeric_limits<std::uint64_t>::digits10;
    if (text.size() - 1 > safe || (text.front() == '0' && text.size() != 1)) return std::nullopt;
    std::uint64_t value = 0;
    const char* at = text.data();
    for (const char* const last = at + (std::min)(text.size(), safe); at != last; ++at) {
        const unsigned digit = digit_of(*at);
        if (digit > 9) return std::nullopt;
        value = value * 10 + digit;
    }
    if (text.size() > safe) {
        const unsigned digit = digit_of(*at);
        if (digit > 9 || value > (most - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

/// How many digits it is written with.
[[nodiscard]] constexpr std::size_t count_digits(std::uint64_t value) noexcept {
    for (std::size_t digits = 1;; digits += 4, value /= 10'000) {
        if (value < 10) return digits;
        if (value < 100) return digits + 1;
        if (value < 1'000) return digits + 2;
        if (value < 10'000) return digits + 3;
    }
}

} // namespace framing::inline v0::detail
