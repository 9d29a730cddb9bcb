// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace framing::inline v0 {

template <class T>
struct header_traits;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T, class Allocator>
inline constexpr bool is_vector<std::vector<T, Allocator>> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

/// With strings for keys.
template <class T>
inline constexpr bool is_map = false;
template <class T, class Compare, class Allocator>
inline constexpr bool is_map<std::map<std::string, T, Compare, Allocator>> = true;

/// A std::chrono::duration, whose header is not needed to know it.
template <class T>
concept is_duration = requires(const T& value) {
    typename T::rep;
    typename T::period;
    T(value.count());
};

/// A type whose header_traits are members<>, and so can be a member, too.
template <class T>
concept has_members = std::is_class_v<T> && requires {
    typename header_traits<T>::reader;
};

/// A type whose header_traits are enumerators<>.
template <class T>
concept has_names = std::is_enum_v<T> && requires {
    header_traits<T>::enumerator_names;
};

/// Any other type whose header_traits read it inside a header, as those of nlohmann.hpp do.
template <class T>
concept has_value_traits = requires(std::string_view json, T& value) {
    header_traits<T>::read_json(json, value);
};

/// Whether a value of a header can be read as a T.
template <class T>
inline constexpr bool is_value =
    std::is_arithmetic_v<T> || std::same_as<T, std::string> || is_duration<T> || has_members<T> ||
    has_names<T> || has_value_traits<T>;
template <class T>
inline constexpr bool is_value<std::optional<T>> = is_value<T>;
template <class T, class Allocator>
inline constexpr bool is_value<std::vector<T, Allocator>> = is_value<T>;
template <class T, std::size_t Size>
inline constexpr bool is_value<std::array<T, Size>> = is_value<T>;
template <class T, class Compare, class Allocator>
inline constexpr bool is_value<std::map<std::string, T, Compare, Allocator>> = is_value<T>;

/// Refuses a header type that is only declared, as nlohmann::json is without its header.
template <class Header>
consteval bool require_header() noexcept {
    static_assert(
        requires { sizeof(Header); }, "for this header type include framing/nlohmann.hpp "
                                      "or framing/framing.hpp");
    return true;
}

/// Of a member whose type is no value. Never defined.
template <class Member>
struct no_way_to_read_or_write;

/// Refuses a T that is no value, and says what would make it one.
template <class T>
constexpr void require_value() noexcept {
    static_assert(has_value_traits<T>,
                  "no way to read or write this type: derive its header_traits from members<> or "
                  "enumerators<>; or include framing/nlohmann.hpp and give it nlohmann's from_json "
                  "and to_json, which report errors by exceptions");
}

} // namespace detail
} // namespace framing::inline v0
