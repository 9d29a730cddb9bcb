// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Base 64 as RFC 4648, section 4, has it: padded, no line breaks.
namespace base64 {

[[nodiscard]] std::string encode(std::span<const std::byte> bytes);

/// Returns: the bytes, or nullopt when `text` is not exactly what encode makes.
[[nodiscard]] std::optional<std::string> decode(std::string_view text);

} // namespace base64
