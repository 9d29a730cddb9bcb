// SPDX-License-Identifier: MIT
#pragma once

#include "chat/event.hpp"

#include <optional>
#include <string>

namespace chat {

/// As in messages: 2026-11-20T14:00:00.000Z.
[[nodiscard]] std::string to_text(timestamp time);

/// The hour and minute on the clocks of this place; nothing for what is no such text.
[[nodiscard]] std::optional<std::string> local_time(const std::string& text);

} // namespace chat
