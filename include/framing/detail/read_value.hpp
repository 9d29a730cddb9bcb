// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/escapes.hpp>
#include <framing/detail/read_json.hpp>
#include <framing/detail/read_number.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
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
    const auto json = read_json<nlohmann::json>(text);
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

/// Whether read_value leaves nothing of what was in `out`; from_json may.
template <class T>
inline constexpr bool is_read_whole = std::is_arithmetic_v<T> || std::same_as<T, std::string>;
template <class T>
inline constexpr bool is_read_whole<std::optional<T>> = is_read_whole<T>;

/// Reads one checked JSON value into `out`, strictly: an integer is written without fraction and
/// exponent and in range, a string is a string. A null std::optional is empty. `escaped` is false
/// of a string known to hold no escapes.
///
/// Returns: whether it fits; `out` is unspecified if not.
template <class T>
FRAMING_ALWAYS_INLINE inline bool read_value(std::string_view raw, T& out, bool escaped = true) {
    if constexpr (std::same_as<T, bool>) {
        out = raw == "true";
        return out || raw == "false";
    } else if constexpr (std::is_arithmetic_v<T>) {
        return read_number(raw, out);
    } else if constexpr (std::same_as<T, std::string>) {
        if (raw.front() != '"') return false;
        raw = raw.substr(1, raw.size() - 2);
        out.clear();
        if (escaped)
            append_unescaped(out, raw);
        else
            out.append(raw);
        return true;
    } else if constexpr (is_optional<T>) {
        if (raw == "null") {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        return read_value(raw, *out, escaped);
    } else {
        return read_with_nlohmann(raw, out);
    }
}

} // namespace framing::inline v0::detail
