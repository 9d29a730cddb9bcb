// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>

/// When something happened: since 1970, UTC.
using timestamp = std::chrono::milliseconds;

[[nodiscard]] timestamp current_time();

/// As in messages: 2026-11-20T14:00:00.000Z.
[[nodiscard]] std::string to_text(timestamp time);

/// On the calendar and the clocks of this place. For one thread.
[[nodiscard]] std::tm to_local(timestamp time);

/// The hour and minute there; nothing for what is no such text.
[[nodiscard]] std::optional<std::string> local_time(const std::string& text);
