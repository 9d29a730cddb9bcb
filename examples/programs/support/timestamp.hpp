// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

/// When something happened: since 1970, UTC.
using timestamp = std::chrono::milliseconds;

[[nodiscard]] timestamp current_time();

/// As in messages: 2026-11-20T14:00:00.000Z.
[[nodiscard]] std::string to_text(timestamp time);

/// The hour and minute on the clocks of this place; nothing for what is no such text.
[[nodiscard]] std::optional<std::string> local_time(const std::string& text);
