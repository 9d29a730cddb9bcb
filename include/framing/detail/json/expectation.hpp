// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/json/value_kinds.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace framing::inline v0::detail {

/// Text put together at compile time.
struct built_text {
    std::array<char, 512> text{};
    std::size_t size = 0;

    /// What is too long is cut.
    constexpr void add(std::string_view part) noexcept {
        for (const char c : part)
            if (size != text.size()) text[size++] = c;
    }
    constexpr void add_number(std::uint64_t number) noexcept {
        char digits[std::numeric_limits<std::uint64_t>::digits10 + 1]{};
        char* at = digits + sizeof digits;
        do *--at = static_cast<char>('0' + number % 10);
        while ((number /= 10) != 0);
        add({at, static_cast<std::size_t>(digits + sizeof digits - at)});
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text.data(), size}; }
};

template <std::integral T>
constexpr built_text describe_integer() noexcept {
    built_text text;
    text.add("an integer from ");
    if (std::signed_integral<T>) {
        text.add("-");
        text.add_number(static_cast<std::uint64_t>((std::numeric_limits<T>::max)()) + 1);
    } else {
        text.add("0");
    }
    text.add(" to ");
    text.add_number(static_cast<std::uint64_t>((std::numeric_limits<T>::max)()));
    return text;
}

template <class T>
constexpr built_text describe_names() noexcept {
    built_text text;
    text.add("one of ");
    bool first = true;
    for (const auto& [name, value] : header_traits<T>::enumerator_names) {
        text.add(first ? "\"" : ", \"");
        text.add(name);
        text.add("\"");
        first = false;
    }
    return text;
}

template <class T>
constexpr built_text describe_array() noexcept {
    built_text text;
    text.add("an array of ");
    text.add_number(std::tuple_size_v<T>);
    return text;
}

/// What a value has to be to be read as a T, in words.
template <class T>
constexpr built_text describe_type() noexcept {
    built_text text;
    if constexpr (is_optional<T>)
        return describe_type<typename T::value_type>();
    else if constexpr (is_duration<T>)
        return describe_type<typename T::rep>();
    else if constexpr (std::same_as<T, bool>)
        text.add("true or false");
    else if constexpr (std::integral<T>)
        return describe_integer<T>();
    else if constexpr (std::floating_point<T>)
        text.add("a number");
    else if constexpr (std::same_as<T, std::string>)
        text.add("a string");
    else if constexpr (is_array<T>)
        return describe_array<T>();
    else if constexpr (is_vector<T>)
        text.add("an array of what fits");
    else if constexpr (is_map<T> || has_members<T>)
        text.add("an object whose members fit");
    else if constexpr (has_names<T>)
        return describe_names<T>();
    else
        text.add("what its from_json takes");
    return text;
}
template <class T>
inline constexpr built_text expectation = describe_type<T>();

/// Why a header is no object of some type: the member that does not fit.
struct mismatch {
    std::string_view member;   // static
    std::string_view expected; // static
    std::string_view found;    // as JSON; empty where it is absent
};

} // namespace framing::inline v0::detail
