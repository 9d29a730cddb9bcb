// SPDX-License-Identifier: MIT
#include "support/visible.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace {

constexpr const char* replacement = "\xef\xbf\xbd"; // U+FFFD

/// Whether a terminal may take it for more than a character to be drawn.
bool acts(utf8proc_int32_t character) {
    constexpr utf8proc_int32_t non_joiner = 0x200c; // without which Persian
    constexpr utf8proc_int32_t joiner = 0x200d;     // and families of emoji fall apart
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    case UTF8PROC_CATEGORY_CF: return character != non_joiner && character != joiner;
    default: return false;
    }
}

bool is_plain(char c) {
    return c >= ' ' && c <= '~';
}

std::string escape_unit(unsigned unit) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", unit);
    return text.data();
}

std::string escape(utf8proc_int32_t character) {
    if (character == '\n') return "\\n";
    if (character == '\t') return "\\t";
    const auto code = static_cast<unsigned>(character);
    if (code <= 0xffff) return escape_unit(code);
    return escape_unit(0xd800 + ((code - 0x10000) >> 10)) +
           escape_unit(0xdc00 + ((code - 0x10000) & 0x3ff));
}

/// How long the first character of a text is; 0 where that is no UTF-8.
std::size_t first_character(std::string_view text, utf8proc_int32_t& character) {
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &character);
    return size <= 0 ? 0 : static_cast<std::size_t>(size);
}

} // namespace

std::string visible(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto* const special = std::ranges::find_if_not(text, is_plain);
        result.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (text.empty()) break;
        utf8proc_int32_t character = 0;
        const std::size_t size = first_character(text, character);
        if (size == 0)
            result += replacement;
        else if (acts(character))
            result += escape(character);
        else
            result += text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        utf8proc_int32_t character = 0;
        const std::size_t size = first_character(text, character);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}
