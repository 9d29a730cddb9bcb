// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// Writes what there is room for to a descriptor, and does not wait for any.
/// Returns: how much; nothing where there is none, or it cannot be written to.
[[nodiscard]] std::optional<std::size_t> write_now(int to, std::string_view bytes);
