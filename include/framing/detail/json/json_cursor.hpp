// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/number.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/detail/json/utf8.hpp>
#include <framing/detail/words.hpp>

#include <cstddef>
#include <string_view>

namespace framing::inline v0::detail {

[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

[[nodiscard]] FRAMING_NOINLINE constexpr const char* behind_space(const char* at,
                                                                  const char* last) noexcept {
    while (at != last && is_space(*at)) ++at;
    return at;
}

/// How far a string that is not all plain goes.
struct string_end {
    const char* at; // behind the closing quote, or at the violation
    bool whole;
    bool escaped;
};

/// Goes on where a string stops to be plain, at its quote, escape or non-ASCII text.
[[nodiscard]] FRAMING_NOINLINE constexpr string_end finish_string(const char* at,
                                                                  const char* last) noexcept {
    bool escaped = false;
    special_bytes specials(at, last);
    while (at < last && *at != '"') {
        const char* const stop = at;
        if (*at == '\\') {
            escaped = true;
            at += escape_sequence(at, last);
        } else {
            at = skip_utf8(at, last);
        }
        if (at == stop) return {at, false, escaped};
        at = specials.next(at);
    }
    return at < last ? string_end{at + 1, true, escaped} : string_end{last, false, escaped};
}

/// Steps over the tokens of a JSON text, which it judges by RFC 8259 and strict UTF-8. Where a
/// token is wrong it stops.
///
/// `Sentinel` promises that the text ends with a brace. No token but a string can run over a brace,
/// so that all others then need no look at where the text ends.
template <bool Sentinel>
class json_cursor {
public:
    explicit constexpr json_cursor(padded_text padded) noexcept
        : at_(padded.text.data()), last_(at_ + padded.text.size()), specials_(at_, padded.last()) {}

    [[nodiscard]] constexpr const char* at() const noexcept { return at_; }
    [[nodiscard]] constexpr std::string_view rest() const noexcept {
        return text_between(at_, last_);
    }
    [[nodiscard]] constexpr bool at_end() const noexcept { return at_ == last_; }
    constexpr void jump(const char* to) noexcept { at_ = to; }

    /// The next byte, or a NUL, which no JSON allows, at the end.
    [[nodiscard]] constexpr char peek() const noexcept {
        if constexpr (Sentinel) return *at_;
        return at_ == last_ ? '\0' : *at_;
    }

    constexpr bool take(char wanted) noexcept {
        if (peek() != wanted) return false;
        ++at_;
        return true;
    }

    /// As take, behind white space. There is seldom any, so that it is tried without first.
    FRAMING_ALWAYS_INLINE constexpr bool take_spaced(char wanted) noexcept {
        if (take(wanted)) return true;
        skip_space();
        return take(wanted);
    }

    FRAMING_ALWAYS_INLINE constexpr void skip_space() noexcept {
        if (static_cast<unsigned char>(peek()) <= ' ') at_ = behind_space(at_, last_);
    }

    /// A string, of which the first quote has been taken.
    FRAMING_ALWAYS_INLINE constexpr bool finish_string() noexcept {
        const char* const stop = specials_.next(at_);
        if (stop < last_ && *stop == '"') {
            at_ = stop + 1;
            escaped_ = false;
            return true;
        }
        // The slack was looked at too.
        const string_end end = detail::finish_string(stop < last_ ? stop : last_, last_);
        at_ = end.at;
        escaped_ = end.escaped;
        return end.whole;
    }

    /// Whether the last string held a backslash.
    [[nodiscard]] constexpr bool escaped() const noexcept { return escaped_; }

    /// Any value that holds no others.
    FRAMING_ALWAYS_INLINE constexpr bool scalar() noexcept {
        switch (peek()) {
        case '"': ++at_; return finish_string();
        case 't': return literal("true");
        case 'f': return literal("false");
        case 'n': return literal("null");
        default: return number();
        }
    }

private:
    template <std::size_t Size>
    FRAMING_ALWAYS_INLINE constexpr bool literal(const char (&word)[Size]) noexcept {
        if (!is_literal(rest().substr(0, Size - 1), word)) return false;
        at_ += Size - 1;
        return true;
    }

    FRAMING_ALWAYS_INLINE constexpr bool number() noexcept {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    FRAMING_ALWAYS_INLINE constexpr bool digits() noexcept {
        if (!is_digit(peek())) return false;
        do ++at_;
        while (is_digit(peek()));
        return true;
    }

    const char* at_;
    const char* last_;
    special_bytes specials_;
    bool escaped_ = false;
};

} // namespace framing::inline v0::detail
