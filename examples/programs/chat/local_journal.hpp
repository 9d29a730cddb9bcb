// SPDX-License-Identifier: MIT
#pragma once

#include "chat/hall.hpp"
#include "chat/journal.hpp"
#include "support/timestamp.hpp"

#include <string>
#include <string_view>

namespace chat {

/// The order in which events come to this server, which is the only one.
class local_journal final : public journal {
public:
    explicit local_journal(hall& rooms) : rooms_(rooms) {}

    [[nodiscard]] const std::string& server() const override { return server_; }

    [[nodiscard]] bool submit(const event& what, std::string_view text) override {
        rooms_.apply(what, text, current_time());
        return true;
    }

private:
    hall& rooms_;
    std::string server_;
};

} // namespace chat
