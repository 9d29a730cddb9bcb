// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What all programs' messages have in common.
namespace message {

/// A member that is a string, without a NUL, or nothing.
inline std::optional<std::string> text_of(const nlohmann::json& object, const char* key) {
    const auto value = object.find(key);
    if (value == object.end() || !value->is_string()) return std::nullopt;
    auto text = value->get<std::string>();
    if (text.find('\0') != text.npos) return std::nullopt;
    return text;
}

/// A member that is a whole number, not below 0, or nothing.
inline std::optional<std::uint64_t> size_of(const nlohmann::json& object, const char* key) {
    const auto value = object.find(key);
    if (value == object.end() || !value->is_number_unsigned()) return std::nullopt;
    return value->get<std::uint64_t>();
}

inline nlohmann::json error(std::string_view code, std::string_view why) {
    return {{"type", "error"}, {"code", code}, {"message", why}};
}

/// A peer's text for the log or a terminal: on one line, quoted, and not too long.
inline std::string escaped(std::string_view text, std::size_t most = 256) {
    return nlohmann::json(text.substr(0, most))
               .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
           (text.size() > most ? "..." : "");
}

} // namespace message
