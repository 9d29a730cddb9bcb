// SPDX-License-Identifier: MIT
#include "chat/names.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

namespace chat {
namespace {

/// Takes the first character of a text; nothing where it is not UTF-8.
std::optional<utf8proc_int32_t> take_character(std::string_view& text) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (size <= 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(size));
    return character;
}

/// Signs and letters by their category, drawn as nothing: a Braille pattern, two Egyptian
/// hieroglyphs, a Khitan filler, a musical note.
constexpr std::array<utf8proc_int32_t, 5> blanks{0x2800, 0x13441, 0x13442, 0x16fe4, 0x1d159};

bool is_seen(utf8proc_int32_t character) {
    const utf8proc_property_t& property = *utf8proc_get_property(character);
    if (property.ignorable || std::ranges::find(blanks, character) != blanks.end()) return false;
    switch (property.category) {
    case UTF8PROC_CATEGORY_CN: // unassigned: nobody knows what they will be
    case UTF8PROC_CATEGORY_CO: // private use: nobody knows what they are
    case UTF8PROC_CATEGORY_CC: // controls
    case UTF8PROC_CATEGORY_CF: // and those of the direction of text
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    default: return true;
    }
}

/// The last character of a text; nothing where it is empty, or not UTF-8.
std::optional<utf8proc_int32_t> last_character(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && (static_cast<unsigned char>(text[--begin]) & 0xc0) == 0x80) {
    }
    text.remove_prefix(begin);
    return take_character(text);
}

std::optional<utf8proc_int32_t> first_character(std::string_view text) {
    return take_character(text);
}

/// Whether it would be one word with what is beside it: a letter or a digit, but of no script, as
/// those whose characters are wide, that puts no spaces between words.
bool is_of_a_word(std::optional<utf8proc_int32_t> character) {
    if (!character || utf8proc_charwidth(*character) == 2) return false;
    const utf8proc_category_t category = utf8proc_category(*character);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           category == UTF8PROC_CATEGORY_ND;
}

} // namespace

bool is_name(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        const auto character = take_character(text);
        if (count == longest_name || !character || !is_seen(*character)) return false;
    }
    return count != 0;
}

std::string name_key(std::string_view name) {
    utf8proc_uint8_t* composed = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                     static_cast<utf8proc_ssize_t>(name.size()), &composed,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
    std::string key(name);
    if (size >= 0) key.assign(reinterpret_cast<const char*>(composed), std::size_t(size));
    std::ranges::transform(key, key.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return key;
}

bool mentions(std::string_view text, std::string_view name) {
    const std::string all = name_key(text);
    const std::string wanted = name_key(name);
    if (wanted.empty()) return false;
    const std::string_view view = all;
    for (std::size_t at = 0; (at = view.find(wanted, at)) != view.npos; ++at) {
        const std::string_view after = view.substr(at + wanted.size());
        const bool begins = !is_of_a_word(first_character(wanted)) ||
                            !is_of_a_word(last_character(view.substr(0, at)));
        const bool ends =
            !is_of_a_word(last_character(wanted)) || !is_of_a_word(first_character(after));
        if (begins && ends) return true;
    }
    return false;
}

} // namespace chat
