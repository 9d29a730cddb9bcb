// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/escapes.hpp>
#include <framing/detail/number.hpp>
#include <framing/detail/special_bytes.hpp>
#include <framing/detail/utf8.hpp>
#include <framing/error.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace framing::inline v0::detail {

/// What one pass over a header's text finds.
struct header_scan {
    /// None, `invalid_header`, `header_too_deep` or `invalid_body_size`.
    errc error{};
    /// The nesting of the whole, or up to the violation.
    std::uint16_t depth = 0;
    bool has_body_size = false;
    std::uint64_t body_size = 0;
    /// Where in the text the first violation is.
    std::size_t position = 0;
};

/// The deepest nesting that a scan can follow.
inline constexpr std::size_t deepest = 1024;

/// Judges by RFC 8259 and strict UTF-8 in one pass, without recursion or allocation.
///
/// `Sentinel` promises that the text ends with a brace. No token but a string can run over a brace,
/// so that all others then need no look at where the text ends.
template <bool Sentinel>
class header_scanner {
public:
    constexpr header_scanner(std::string_view text, std::size_t max_depth) noexcept
        : first_(text.data()), at_(text.data()), last_(text.data() + text.size()),
          max_depth_(std::min(max_depth, deepest)), specials_(first_, last_) {}

    [[nodiscard]] constexpr header_scan run() noexcept {
        if (object()) {
            if (invalid_size_ != nullptr) fail(errc::invalid_body_size, invalid_size_);
        } else if (found_.error == errc{}) {
            fail(errc::invalid_header, at_);
        }
        return found_;
    }

private:
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

    constexpr void skip_space() noexcept {
        for (char c = peek(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek()) ++at_;
    }

    /// The whole text: the object of level 1.
    constexpr bool object() noexcept {
        skip_space();
        if (peek() != '{') return false;
        if (!enter(1)) return false;
        skip_space();
        if (take('}')) return ends();
        while (true) {
            const char* key = at_;
            if (!string()) return false;
            const bool sizes = is_body_size({key + 1, static_cast<std::size_t>(at_ - key - 2)});
            skip_space();
            if (!take(':')) return false;
            skip_space();
            const char* value = at_;
            if (!(is_bracket(peek()) ? nested() : scalar())) return false;
            if (sizes) note_body_size({value, static_cast<std::size_t>(at_ - value)});
            skip_space();
            if (take('}')) return ends();
            if (!take(',')) return false;
            skip_space();
        }
    }

    /// Whether nothing stands behind the object.
    constexpr bool ends() noexcept {
        if (at_ != last_) skip_space();
        return at_ == last_;
    }

    [[nodiscard]] static constexpr bool is_bracket(char c) noexcept { return c == '{' || c == '['; }

    /// An object or array inside the header, and all that is in it.
    constexpr bool nested() noexcept {
        std::array<bool, deepest + 1> is_object; // by level; only what is entered is ever set
        std::size_t depth = 1;
        while (true) {
            if (is_bracket(peek())) {
                const bool object = peek() == '{';
                if (!enter(depth + 1)) return false;
                is_object[++depth] = object;
                skip_space();
                if (peek() != (object ? '}' : ']')) {
                    if (object && !key()) return false;
                    continue;
                }
            } else if (!scalar()) {
                return false;
            }
            // A value has ended, and maybe levels with it.
            while (true) {
                skip_space();
                if (peek() == (is_object[depth] ? '}' : ']')) {
                    ++at_;
                    if (at_ == last_) return false;
                    if (--depth == 1) return true;
                } else {
                    // A container just entered stands at its closing bracket, never at a comma.
                    if (!take(',')) return false;
                    skip_space();
                    if (is_object[depth] && !key()) return false;
                    break;
                }
            }
        }
    }

    constexpr bool key() noexcept {
        if (!string()) return false;
        skip_space();
        if (!take(':')) return false;
        skip_space();
        return true;
    }

    /// Steps over the bracket that opens level `depth`.
    constexpr bool enter(std::size_t depth) noexcept {
        found_.depth = std::max(found_.depth, static_cast<std::uint16_t>(depth));
        if (depth > max_depth_) {
            fail(errc::header_too_deep, at_);
            return false;
        }
        ++at_;
        return true;
    }

    constexpr bool scalar() noexcept {
        switch (peek()) {
        case '"': return string();
        case 't': return literal("true");
        case 'f': return literal("false");
        case 'n': return literal("null");
        default: return number();
        }
    }

    constexpr bool literal(std::string_view word) noexcept {
        if (!std::string_view(at_, static_cast<std::size_t>(last_ - at_)).starts_with(word))
            return false;
        at_ += word.size();
        return true;
    }

    constexpr bool number() noexcept {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    constexpr bool digits() noexcept {
        if (!is_digit(peek())) return false;
        do ++at_;
        while (is_digit(peek()));
        return true;
    }

    constexpr bool string() noexcept {
        if (!take('"')) return false;
        escaped_ = false;
        while (true) {
            at_ = specials_.next(at_);
            if (at_ == last_) return false;
            if (*at_ == '"') {
                ++at_;
                return true;
            }
            std::size_t size = 0;
            if (*at_ == '\\') {
                escaped_ = true;
                size = escape_sequence(at_, last_);
            } else {
                size = utf8_sequence(at_, last_); // none starts with a control byte
            }
            if (size == 0) return false;
            at_ += size;
        }
    }

    /// Whether the string just read, of which `raw` is the inside, spells body_size.
    [[nodiscard]] constexpr bool is_body_size(std::string_view raw) const noexcept {
        return escaped_ ? spells(raw, body_size_key) : raw == body_size_key;
    }

    constexpr void note_body_size(std::string_view value) noexcept {
        const std::optional<std::uint64_t> size = parse_size(value);
        if ((found_.has_body_size || !size) && invalid_size_ == nullptr)
            invalid_size_ = value.data();
        found_.has_body_size = true;
        found_.body_size = size.value_or(0);
    }

    constexpr void fail(errc error, const char* where) noexcept {
        found_.error = error;
        found_.position = static_cast<std::size_t>(where - first_);
    }

    const char* first_;
    const char* at_;
    const char* last_;
    std::size_t max_depth_;
    special_bytes<stops::unchecked> specials_;
    header_scan found_;
    bool escaped_ = false;               // the last string held a backslash
    const char* invalid_size_ = nullptr; // said only of a header that is otherwise valid
};

/// Judges `text` by the grammar.
[[nodiscard]] constexpr header_scan scan_any_header(std::string_view text,
                                                    std::size_t max_depth) noexcept {
    std::string_view trimmed = text;
    while (!trimmed.empty() && std::string_view(" \t\n\r").find(trimmed.back()) != text.npos)
        trimmed.remove_suffix(1);
    return trimmed.ends_with('}') ? header_scanner<true>(trimmed, max_depth).run()
                                  : header_scanner<false>(text, max_depth).run();
}

/// The N of a header that is exactly `{"body_size":N}`, the one that a sender with nothing else to
/// say writes; nullopt for any other, and for one that has to be looked at more closely.
[[nodiscard]] FRAMING_ALWAYS_INLINE inline std::optional<std::uint64_t>
scan_bare_header(std::string_view text) noexcept {
    constexpr std::string_view opening = R"({"body_size":)";
    const auto load = [](const char* at) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        return word;
    };
    if (text.size() - (opening.size() + 2) > 7) return std::nullopt; // 1 to 8 digits and a brace
    if (load(text.data()) != load(opening.data()) ||
        load(text.data() + opening.size() - 8) != load(opening.data() + opening.size() - 8))
        return std::nullopt;
    const std::size_t digits = text.size() - opening.size() - 1;
    if (text.back() != '}' || (text[opening.size()] == '0' && digits != 1)) return std::nullopt;
    return parse_short_size(load(text.data() + text.size() - 9), digits);
}

/// Judges `text`, a whole header. Linear in its size; reads nothing outside it.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr header_scan
scan_header(std::string_view text, std::size_t max_depth) noexcept {
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little &&
        max_depth != 0)
        if (const auto size = scan_bare_header(text))
            return {.depth = 1, .has_body_size = true, .body_size = *size};
    return scan_any_header(text, max_depth);
}

} // namespace framing::inline v0::detail
