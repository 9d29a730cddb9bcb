// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/number.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/detail/words.hpp>
#include <framing/format.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace framing::inline v0::detail {

/// The beginning of a header that says the size of its body first, as encoders write it. Nothing of
/// it has to be searched for, so that the next frame's place is known early.
struct leading_size {
    std::string_view digits; // empty: it does not begin so, or needs a closer look
    std::uint64_t value = 0;
};

/// Whether `text`, which is long enough, begins with what stands before a leading size.
template <wire_format Format>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool begins_with_size(const char* text) noexcept {
    constexpr const auto& opening = size_opening<Format>;
    if constexpr (opening.size() < 8 || opening.size() > 16) {
        return is_literal({text, opening.size()}, {opening.data(), opening.size()});
    } else {
        const char* const tail = text + opening.size() - 8;
        return ((load_word<std::uint64_t>(text) ^ load_word<std::uint64_t>(opening.data())) |
                (load_word<std::uint64_t>(tail) ^
                 load_word<std::uint64_t>(opening.data() + opening.size() - 8))) == 0;
    }
}

/// `text` ends with a brace.
template <wire_format Format>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr leading_size
read_leading_size(std::string_view text) noexcept {
    constexpr const auto& opening = size_opening<Format>;
    constexpr std::size_t most_digits = std::numeric_limits<std::uint64_t>::digits10;
    if (text.size() < opening.size() + 2 || !begins_with_size<Format>(text.data())) return {};
    const char* const digits = text.data() + opening.size();
    const char* at = digits;
    std::uint64_t value = 0;
    for (unsigned digit = 0; (digit = digit_of(*at)) <= 9; ++at) value = value * 10 + digit;
    const auto count = static_cast<std::size_t>(at - digits);
    if (count - 1 >= most_digits || (*digits == '0' && count != 1)) return {};
    return {{digits, count}, value};
}

/// Whether a text is an object of one level, written without white space, whose keys are plain
/// strings and whose values plain strings and unsigned integers: what programs mostly send. False
/// says only that it needs a closer look.
///
/// `body_size` and `visit` see the members in passing, each known to be good, none of what follows.
template <wire_format Format, member_visitor Visitor>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool
scan_flat_header(padded_text padded, body_size_reader<Format>& body_size,
                 Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    const std::string_view text = padded.text;
    if (text.size() < 2 || text.back() != '}') return false;
    const char* const last = text.data() + text.size() - 1; // nothing runs over it
    const char* at = text.data();
    if (const leading_size size = read_leading_size<Format>(text); !size.digits.empty()) {
        const scanned_member member{Format::size_keys.front(), size.digits, false, false};
        body_size.set(size.value);
        visit(member);
        at = size.digits.data() + size.digits.size();
        if (*at != ',') return at == last;
    } else if (*at != '{' || at + 1 == last) {
        return *at == '{';
    }
    // Only in strings are bytes special: the next one is a quote that opens, then one that closes.
    special_bytes_in_turn quotes({text_between(at, last), padded.slack + 1});
    do {
        if (at[1] != '"') return false;
        quotes.skip();
        const char* const key = at + 2;
        const char* const key_end = quotes.take();
        if (key_end[0] != '"' || key_end[1] != ':') return false;
        const char* const value = key_end + 2;
        if (*value == '"') {
            quotes.skip();
            at = quotes.take();
            if (*at++ != '"') return false;
        } else {
            at = behind_digits(value, padded.last());
            if (at == value || (*value == '0' && at != value + 1)) return false;
        }
        const scanned_member member{text_between(key, key_end), text_between(value, at), false,
                                    false};
        body_size.look(member);
        visit(member);
    } while (*at == ',');
    return at == last;
}

} // namespace framing::inline v0::detail
