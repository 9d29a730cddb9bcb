// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/words.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace framing::inline v0::detail {

/// The bytes of the well-formed non-ASCII UTF-8 sequence that starts at `at`, or 0 when there is
/// none: overlong forms, surrogates and what is above U+10FFFF are refused (Unicode, table 3-7).
[[nodiscard]] constexpr std::size_t utf8_sequence(const char* at, const char* last) noexcept {
    const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at[i]); };
    const auto continues = [&](std::ptrdiff_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    const std::ptrdiff_t size = last - at;
    const unsigned lead = byte(0);
    if (lead < 0xc2 || lead > 0xf4) return 0;
    if (lead < 0xe0) return size >= 2 && continues(1) ? 2 : 0;
    if (lead < 0xf0) {
        const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = lead == 0xed ? 0x9f : 0xbf;
        return size >= 3 && continues(1, low, high) && continues(2) ? 3 : 0;
    }
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
    return size >= 4 && continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

/// Steps over well-formed non-ASCII sequences. Returns: where they end.
[[nodiscard]] constexpr const char* skip_utf8(const char* at, const char* last) noexcept {
    while (at != last && static_cast<unsigned char>(*at) >= 0x80) {
        // Most of what is not Latin takes three bytes a character, and many stand together.
        while (last - at >= 4) {
            const auto word = load_word<std::uint32_t>(at);
            const std::uint32_t range = word & 0x200f; // 0: overlong; 0x200d: a surrogate
            if ((word & 0xc0c0f0) != 0x8080e0 || range == 0 || range == 0x200d) break;
            at += 3;
        }
        const std::size_t size = utf8_sequence(at, last);
        if (size == 0) break;
        at += size;
    }
    return at;
}

[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
    const char* const last = text.data() + text.size();
    for (const char* at = text.data(); at != last; ++at) {
        at = skip_utf8(at, last);
        if (at == last) break;
        if (static_cast<unsigned char>(*at) >= 0x80) return false;
    }
    return true;
}

/// Writes one code point, which is no surrogate. Returns: how many bytes that took.
constexpr std::size_t encode_utf8(std::uint32_t code, char (&out)[4]) noexcept {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
    const auto rest = [&](int shift) { return byte(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        out[0] = byte(code);
        return 1;
    }
    if (code < 0x800) {
        out[0] = byte(0xc0 | code >> 6);
        out[1] = rest(0);
        return 2;
    }
    if (code < 0x10000) {
        out[0] = byte(0xe0 | code >> 12);
        out[1] = rest(6);
        out[2] = rest(0);
        return 3;
    }
    out[0] = byte(0xf0 | code >> 18);
    out[1] = rest(12);
    out[2] = rest(6);
    out[3] = rest(0);
    return 4;
}

} // namespace framing::inline v0::detail
