// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/json/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace framing::inline v0::detail {

/// Four hexadecimal digits, or a value above 0xffff when they are not.
[[nodiscard]] constexpr std::uint32_t parse_hex4(const char* at) noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        const char c = at[i];
        const char lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value << 4 | static_cast<std::uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
        else
            return 0x10000;
    }
    return value;
}

[[nodiscard]] constexpr bool is_high_surrogate(std::uint32_t code) noexcept {
    return code >= 0xd800 && code <= 0xdbff;
}
[[nodiscard]] constexpr bool is_low_surrogate(std::uint32_t code) noexcept {
    return code >= 0xdc00 && code <= 0xdfff;
}

/// The bytes of the escape that starts with the backslash at `at` (both halves of a surrogate
/// pair), or 0 when it is none: an unknown letter, bad digits, half a pair, or cut off.
[[nodiscard]] constexpr std::size_t escape_sequence(const char* at, const char* last) noexcept {
    const std::ptrdiff_t size = last - at;
    if (size < 2) return 0;
    if (at[1] != 'u')
        return std::string_view("\"\\/bfnrt").find(at[1]) != std::string_view::npos ? 2 : 0;
    if (size < 6) return 0;
    const std::uint32_t code = parse_hex4(at + 2);
    if (code > 0xffff || is_low_surrogate(code)) return 0;
    if (!is_high_surrogate(code)) return 6;
    const bool paired =
        size >= 12 && at[6] == '\\' && at[7] == 'u' && is_low_surrogate(parse_hex4(at + 8));
    return paired ? 12 : 0;
}

/// The code point of a valid escape of `size` bytes.
[[nodiscard]] constexpr std::uint32_t escaped_code(const char* at, std::size_t size) noexcept {
    switch (size) {
    case 2: break;
    case 6: return parse_hex4(at + 2);
    default: return 0x10000 + ((parse_hex4(at + 2) - 0xd800) << 10) + (parse_hex4(at + 8) - 0xdc00);
    }
    switch (at[1]) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return static_cast<unsigned char>(at[1]);
    }
}

/// Whether `raw`, the inside of a checked JSON string, spells `wanted` once its escapes are read.
[[nodiscard]] constexpr bool spells(std::string_view raw, std::string_view wanted) noexcept {
    const char* at = raw.data();
    const char* last = at + raw.size();
    while (at != last) {
        if (*at != '\\') {
            if (wanted.empty() || wanted.front() != *at) return false;
            ++at;
            wanted.remove_prefix(1);
            continue;
        }
        const std::size_t size = escape_sequence(at, last);
        char code[4]{};
        const std::size_t written = encode_utf8(escaped_code(at, size), code);
        if (!wanted.starts_with(std::string_view(code, written))) return false;
        at += size;
        wanted.remove_prefix(written);
    }
    return wanted.empty();
}

/// The longest that one byte can become in a JSON string.
inline constexpr std::size_t longest_escape = 6;

[[nodiscard]] constexpr bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Writes a byte that needs one as its escape. Returns: the end of that.
constexpr char* write_escape(char c, char* out) noexcept {
    constexpr std::string_view hex = "0123456789abcdef";
    constexpr std::string_view short_ones = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    *out++ = '\\';
    if (const std::size_t i = short_ones.find(c); i != short_ones.npos) {
        *out++ = letters[i];
        return out;
    }
    const auto byte = static_cast<unsigned char>(c);
    for (const char digit : {'u', '0', '0', hex[byte >> 4], hex[byte & 15]}) *out++ = digit;
    return out;
}

/// Appends what `raw`, the inside of a checked JSON string, says.
inline void append_unescaped(std::string& out, std::string_view raw) {
    while (true) {
        const std::size_t plain = raw.find('\\');
        out.append(raw.substr(0, plain));
        if (plain == raw.npos) return;
        raw.remove_prefix(plain);
        const std::size_t size = escape_sequence(raw.data(), raw.data() + raw.size());
        char code[4]{};
        out.append(code, encode_utf8(escaped_code(raw.data(), size), code));
        raw.remove_prefix(size);
    }
}

} // namespace framing::inline v0::detail
