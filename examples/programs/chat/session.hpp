// SPDX-License-Identifier: MIT
#pragma once

#include <framing/shared_frames.hpp>

#include "chat/hall.hpp"
#include "chat/journal.hpp"
#include "chat/rate_limit.hpp"
#include "chat/request.hpp"
#include "support/connection.hpp"
#include "support/service.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

/// What a server allows its members.
struct policy {
    std::size_t max_text = 4096;                 // bytes
    std::size_t max_members = 10000;             // of a room; 0: no limit
    double rate = 20;                            // messages a second of one member; 0: no limit
    std::chrono::milliseconds text_time{30'000}; // for the text of a message to arrive; 0: no limit
};

/// One client of the chat server, until it has left.
class session final : public listener {
public:
    session(const service::client& client, const policy& policy, rate_limits& limits, hall& rooms,
            journal& events);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    asio::awaitable<void> run();

    void hear(const framing::shared_frames& message) override;
    void settled() override;
    void dismissed() override;

private:
    static constexpr std::chrono::milliseconds look_again{500};
    static constexpr std::chrono::seconds longest_goodbye{2};

    asio::awaitable<void> serve();
    /// The text of the message at hand, as far as it may be long. Returns: how long it is.
    asio::awaitable<std::uint64_t> read_text();
    /// Returns: false where the client is to be sent away.
    asio::awaitable<bool> admit();
    /// Reads nothing for so long, unless the client goes meanwhile.
    asio::awaitable<void> hold_back(tasks::clock::duration time);
    asio::awaitable<void> handle(const request::any& asks, std::uint64_t size);

    void join(const request::join& wanted);
    /// `to`: whom it is for; nothing for the room.
    void say(std::uint64_t size, const std::optional<std::string>& to = {});
    void rename(const request::rename& wanted);
    asio::awaitable<void> who(std::string from);

    void submit(event what, std::string_view text = {});
    /// Waits until all that was submitted has happened.
    asio::awaitable<void> settle();

    void post(const nlohmann::json& message);
    void refuse(refusal code, std::string_view why);
    /// Ends the connection of a member that does not read.
    void drop();
    void end(std::string_view reason);
    [[nodiscard]] std::string reason_of_failure() const;

    connection& peer_;
    nlohmann::json welcome_; // null once it was said
    const policy& policy_;
    hall& rooms_;
    journal& events_;
    member_id id_;
    std::optional<rate_limits::taken> limit_; // until nothing more is read
    tasks::sleeper settled_;                  // ends early when all that was submitted has happened
    std::optional<std::string> message_id_;   // what the client calls the message at hand
    std::string text_;                        // of the message at hand
    std::string reason_;                      // why it goes, once that is known
    std::uint64_t submitted_ = 0;             // events, ...
    std::uint64_t happened_ = 0;              // ... and those that had their turn
};

} // namespace chat
