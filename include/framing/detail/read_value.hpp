// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/escapes.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace framing::inline v0::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether nlohmann/json, or a macro of its, knows how to make a T.
template <class T>
concept nlohmann_readable = requires(const nlohmann::json& json, T& value) {
    json.get_to(value);
};

/// Reads checked JSON through nlohmann/json. Returns: whether it fits; `out` is unspecified if not.
template <class T>
bool read_with_nlohmann([[maybe_unused]] std::string_view text, [[maybe_unused]] T& out) {
    static_assert(FRAMING_HAS_EXCEPTIONS && nlohmann_readable<T>,
                  "no way to read this type from JSON: derive its header_traits from members<>, or "
                  "give it nlohmann's from_json, which reports errors by exceptions");
    static_assert(!std::convertible_to<T, std::string_view> || std::same_as<T, std::string>,
                  "a view would outlive what it views: read a std::string");
#if !FRAMING_HAS_EXCEPTIONS
    return false;
#else
    const auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded()) return false;
    try {
        json.get_to(out);
        return true;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception&) {
        return false;
    }
#endif
}

template <std::integral T>
bool read_number(std::string_view raw, T& out) {
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
    return error == std::errc{} && end == raw.data() + raw.size();
}

template <std::floating_point T>
bool read_number(std::string_view raw, T& out) {
#ifdef __cpp_lib_to_chars
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
    if (error == std::errc{}) return end == raw.data() + raw.size();
    if (error != std::errc::result_out_of_range) return false;
#endif
    // libc++ cannot read floating point, and from_chars calls what is nearly 0 out of range.
    const auto json = nlohmann::json::parse(raw.begin(), raw.end(), nullptr, false);
    if (!json.is_number()) return false;
    const auto value = json.template get<double>();
    if (std::abs(value) > static_cast<double>(std::numeric_limits<T>::max())) return false;
    out = static_cast<T>(value);
    return true;
}

/// Reads one checked JSON value into `out`, strictly: an integer is written without fraction and
/// exponent and in range, a string is a string. An absent or null std::optional is empty.
///
/// Returns: whether it fits; `out` is unspecified if not.
template <class T>
bool read_value(std::string_view raw, T& out) {
    if constexpr (std::same_as<T, bool>) {
        out = raw == "true";
        return out || raw == "false";
    } else if constexpr (std::is_arithmetic_v<T>) {
        return read_number(raw, out);
    } else if constexpr (std::same_as<T, std::string>) {
        if (raw.front() != '"') return false;
        out.clear();
        append_unescaped(out, raw.substr(1, raw.size() - 2));
        return true;
    } else if constexpr (is_optional<T>) {
        if (raw == "null") {
            out.reset();
            return true;
        }
        return read_value(raw, out.emplace());
    } else {
        return read_with_nlohmann(raw, out);
    }
}

} // namespace framing::inline v0::detail
