// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
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
concept has_members = requires {
    typename header_traits<T>::reader;
};

/// A type whose header_traits are enumerators<>.
template <class T>
concept has_names = requires {
    header_traits<T>::enumerator_names;
};

} // namespace detail
} // namespace framing::inline v0
