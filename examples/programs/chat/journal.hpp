// SPDX-License-Identifier: MIT
#pragma once

#include "chat/event.hpp"

#include <string>
#include <string_view>

namespace chat {

/// Puts events in their order, and lets them happen in the hall when their turn comes.
class journal {
public:
    virtual ~journal() = default;

    /// What tells the members of this server from those of others.
    [[nodiscard]] virtual const std::string& server() const = 0;

    /// Whether events have their turn soon.
    [[nodiscard]] virtual bool available() const { return true; }

    /// Takes an event, which then has its turn as long as the server has its name.
    /// Returns: false if so much waits already that it cannot; a `leave` is always taken.
    [[nodiscard]] virtual bool submit(const event& what, std::string_view text) = 0;
};

} // namespace chat
