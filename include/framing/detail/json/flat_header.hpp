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

/// The quotes of a flat header, in turns of opening and closing ones.
class few_quotes {
public:
    FRAMING_ALWAYS_INLINE constexpr explicit few_quotes(padded_text padded) noexcept
        : specials_(padded) {}

    /// Whether the next quote, or what stands in its place, is at `at`, where a string is to begin.
    FRAMING_ALWAYS_INLINE constexpr bool opens(const char* at) noexcept {
        return specials_.take() == at;
    }
    /// Where the string ends that begins at `at`, or what is to be looked at more closely.
    FRAMING_ALWAYS_INLINE constexpr const char* behind(const char*) noexcept {
        return specials_.take();
    }

private:
    few_special_bytes specials_;
};

/// The same of a text of any size.
class quotes {
public:
    FRAMING_ALWAYS_INLINE constexpr explicit quotes(padded_text padded) noexcept
        : specials_(padded.text.data(), padded.last()) {}

    FRAMING_ALWAYS_INLINE constexpr bool opens(const char*) noexcept { return true; }
    FRAMING_ALWAYS_INLINE constexpr const char* behind(const char* at) noexcept {
        return specials_.next(at);
    }

private:
    special_bytes specials_;
};

/// Goes through the members of a flat header from `at` on, a brace or comma, to its end.
template <class Quotes, wire_format Format, member_visitor Visitor>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool
scan_flat_members(const char* at, const char* last, Quotes quotes,
                  body_size_reader<Format>& body_size,
                  Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    do {
        const char* const key = at + 2;
        if (!quotes.opens(at + 1) || at[1] != '"') return false;
        const char* const key_end = quotes.behind(key);
        if (key_end > last || key_end[0] != '"' || key_end[1] != ':') return false;
        const char* const value = key_end + 2;
        if (*value == '"') {
            static_cast<void>(quotes.opens(value));
            at = quotes.behind(value + 1);
            if (at > last || *at++ != '"') return false;
        } else {
            at = value;
            if (!is_digit(*at)) return false;
            if (*at++ != '0')
                while (is_digit(*at)) ++at;
        }
        const scanned_member member{text_between(key, key_end), text_between(value, at), false,
                                    false};
        body_size.look(member);
        visit(member);
    } while (*at == ',');
    return at == last;
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
    const char* const last = text.data() + text.size() - 1; // nothing but a string runs over it
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
    const padded_text rest{text_between(at, last + 1), padded.slack};
    if (rest.text.size() < mask_size)
        return scan_flat_members(at, last, few_quotes(rest), body_size, visit);
    return scan_flat_members(at, last, quotes(rest), body_size, visit);
}

} // namespace framing::inline v0::detail
