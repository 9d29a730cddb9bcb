// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Splits a line into words as a shell does: quotes and backslashes, but no expansion, and nothing
/// that a shell would do with an operator.
///
/// Returns: nothing where a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> split_words(std::string_view line);
