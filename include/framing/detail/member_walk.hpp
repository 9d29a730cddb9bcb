// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/escapes.hpp>
#include <framing/detail/special_bytes.hpp>

#include <cstddef>
#include <string_view>

namespace framing::inline v0::detail {

/// Goes through the top-level members of a text that `scan_header` accepted, in their order.
/// Checks nothing again: other text is undefined behaviour.
class member_walk {
public:
    explicit constexpr member_walk(std::string_view text) noexcept
        : at_(text.data()), specials_(text.data(), text.data() + text.size()) {
        while (*at_ != '{') ++at_;
        ++at_;
    }

    /// Steps to the next member; false when there is none.
    constexpr bool next() noexcept {
        while (is_space(*at_) || *at_ == ',') ++at_;
        if (*at_ == '}') return false;
        raw_key_ = string().substr(1);
        raw_key_.remove_suffix(1);
        key_escaped_ = escaped_;
        while (is_space(*at_) || *at_ == ':') ++at_;
        raw_value_ = value();
        return true;
    }

    /// Whether the member's key, its escapes read, is `wanted`.
    [[nodiscard]] constexpr bool key_is(std::string_view wanted) const noexcept {
        return key_escaped_ ? spells(raw_key_, wanted) : raw_key_ == wanted;
    }

    /// The member's value, as JSON.
    [[nodiscard]] constexpr std::string_view raw_value() const noexcept { return raw_value_; }

private:
    [[nodiscard]] static constexpr bool is_space(char c) noexcept {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    /// Steps over the string at hand. Returns: it, with its quotes.
    constexpr std::string_view string() noexcept {
        const char* first = at_;
        at_ = specials_.next(at_ + 1);
        escaped_ = *at_ != '"';
        while (*at_ != '"') at_ = specials_.next(at_ + 2);
        ++at_;
        return since(first);
    }

    constexpr std::string_view value() noexcept {
        if (*at_ == '"') return string();
        const char* first = at_;
        if (*at_ != '{' && *at_ != '[') {
            while (*at_ != ',' && *at_ != '}' && !is_space(*at_)) ++at_;
            return since(first);
        }
        std::size_t depth = 0;
        do {
            if (*at_ == '"') {
                string();
                continue;
            }
            if (*at_ == '{' || *at_ == '[') ++depth;
            if (*at_ == '}' || *at_ == ']') --depth;
            ++at_;
        } while (depth != 0);
        return since(first);
    }

    [[nodiscard]] constexpr std::string_view since(const char* first) const noexcept {
        return {first, static_cast<std::size_t>(at_ - first)};
    }

    const char* at_;
    special_bytes<stops::checked> specials_;
    std::string_view raw_key_;
    std::string_view raw_value_;
    bool escaped_ = false; // the last string held a backslash
    bool key_escaped_ = false;
};

} // namespace framing::inline v0::detail
