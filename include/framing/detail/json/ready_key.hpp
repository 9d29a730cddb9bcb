// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace framing::inline v0::detail {

/// A string as a template argument.
template <std::size_t Size>
struct fixed_string {
    // Implicit, so that a literal is an argument as it stands.
    consteval fixed_string(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }

    char text[Size];
};

/// What a header writes before the value of a member: a comma, the name in quotes, a colon.
/// Returns: its size.
constexpr std::size_t write_ready_key(std::string_view name, char* out) noexcept {
    char* at = out;
    *at++ = ',';
    *at++ = '"';
    for (const char c : name) {
        if (needs_escape(c))
            at = write_escape(c, at);
        else
            *at++ = c;
    }
    *at++ = '"';
    *at++ = ':';
    return static_cast<std::size_t>(at - out);
}

template <fixed_string Name>
struct ready_key {
    static_assert(is_utf8(Name.view()), "the name of a member is not UTF-8");

    static constexpr std::size_t longest = longest_escape * Name.view().size() + 4;
    static constexpr std::size_t size = [] {
        char text[longest]{};
        return write_ready_key(Name.view(), text);
    }();

    consteval ready_key() {
        char whole[longest]{};
        write_ready_key(Name.view(), whole);
        std::copy_n(whole, size, text);
    }

    char text[size]{};
};

} // namespace framing::inline v0::detail
