// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>

/// What those are told who give such a thing to a coroutine.
#define FRAMING_NAME_IT_FIRST                                                                      \
    deprecated("give it a name first: g++ 12 destroys twice what braces make where it is awaited")

namespace framing::inline v0::net::detail {

/// Whether a T that braces make where a call is awaited, `co_await peer.write(order{7, "tea"})`, is
/// moved there byte by byte and destroyed twice, as g++ 12 does it to aggregates. What a function
/// returns is safe, but looks the same to who is called.
template <class T>
inline constexpr bool dies_nameless =
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    std::is_aggregate_v<T> && !std::is_trivially_destructible_v<T>;
#else
    false;
#endif

/// A T as it was given, which may be kept; and one that may die.
template <class Given, class T>
concept named = std::same_as<std::remove_cvref_t<Given>, T> &&
    (std::is_lvalue_reference_v<Given> || !dies_nameless<T>);
template <class Given, class T>
concept nameless = std::same_as<std::remove_cvref_t<Given>, T> && !named<Given, T>;

} // namespace framing::inline v0::net::detail
