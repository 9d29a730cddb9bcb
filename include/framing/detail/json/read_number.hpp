// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/number.hpp>

#include <algorithm>
#include <charconv>
#include <clocale>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace framing::inline v0::detail {

// Each reads a checked JSON number. Returns: whether it is one of the kind, and in range.

template <std::unsigned_integral T>
FRAMING_ALWAYS_INLINE inline bool read_number(std::string_view raw, T& out) {
    const std::optional<std::uint64_t> value = parse_size(raw);
    if (!value || *value > (std::numeric_limits<T>::max)()) return false;
    out = static_cast<T>(*value);
    return true;
}

template <std::signed_integral T>
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
    std::string text(raw);
    std::replace(text.begin(), text.end(), '.', *std::localeconv()->decimal_point);
    char* after = nullptr;
    const double value = std::strtod(text.c_str(), &after);
    if (after != text.c_str() + text.size()) return false;
    if (std::abs(value) > static_cast<double>((std::numeric_limits<T>::max)())) return false;
    out = static_cast<T>(value);
    return true;
}

} // namespace framing::inline v0::detail
