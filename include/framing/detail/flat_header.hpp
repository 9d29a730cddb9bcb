// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/number.hpp>
#include <framing/detail/scanned_member.hpp>
#include <framing/detail/special_bytes.hpp>

#include <cstddef>
#include <string_view>

namespace framing::inline v0::detail {

/// Whether `text` is an object of one level, written without white space, whose keys are plain
/// strings and whose values plain strings and unsigned integers: what programs mostly send. False
/// says only that it needs a closer look.
///
/// `body_size` and `visit` see the members in passing, each known to be good, none of what follows.
/// `slack` bytes behind the text may be read too.
template <member_visitor Visitor>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool
scan_flat_header(std::string_view text, std::size_t slack, body_size_reader& body_size,
                 Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return false;
    if (text.size() == 2) return true;
    const char* const last = text.data() + text.size() - 1; // nothing but a string runs over it
    special_bytes specials(text.data(), last + 1 + slack);
    const char* at = text.data(); // a brace or comma, before a member
    do {
        if (at[1] != '"') return false;
        const char* const key = at + 2;
        const char* const key_end = specials.next(key);
        if (key_end > last || key_end[0] != '"' || key_end[1] != ':') return false;
        const char* const value = key_end + 2;
        if (*value == '"') {
            at = specials.next(value + 1);
            if (at > last || *at++ != '"') return false;
        } else {
            at = value;
            if (!is_digit(*at)) return false;
            if (*at++ != '0')
                while (is_digit(*at)) ++at;
        }
        const scanned_member member{{key, key_end}, {value, at}, false, false};
        body_size.look(member);
        visit(member);
    } while (*at == ',');
    return at == last;
}

} // namespace framing::inline v0::detail
