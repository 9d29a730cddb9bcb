// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_view.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What all programs' messages have in common.
namespace message {

/// A member that is a string, without a NUL, or nothing.
[[nodiscard]] std::optional<std::string> text_of(const nlohmann::json& object, const char* key);
[[nodiscard]] std::optional<std::string> text_of(const framing::header_view& header,
                                                 const char* key);

/// The header as a tree; without members where one of its numbers is too large for that.
[[nodiscard]] nlohmann::json tree_of(const framing::header_view& header);

/// A member that is a whole number, not below 0, or nothing.
[[nodiscard]] std::optional<std::uint64_t> size_of(const nlohmann::json& object, const char* key);

[[nodiscard]] nlohmann::json error(std::string_view code, std::string_view why);

/// A value as JSON on one line, in which nothing acts on a terminal; what is not UTF-8 becomes
/// U+FFFD.
[[nodiscard]] std::string to_text(const nlohmann::json& value);

/// A peer's text for the log or a terminal: on one line, quoted, and not too long.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t most = 256);

} // namespace message
