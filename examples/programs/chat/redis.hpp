// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>

#include "chat/hall.hpp"
#include "chat/journal.hpp"

#include <asio.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace chat {

/// Where the servers of one chat meet.
struct redis_options {
    framing::net::address address;
    std::string key = "framing-chat"; // what the names of all keys begin with
    std::string password;             // empty: none
    std::size_t waiting = 10'000;     // events that may wait while Redis is away
    std::chrono::milliseconds lease{5000};

    /// redis://HOST:PORT, as typed.
    /// Throws: std::invalid_argument.
    static framing::net::address parse(const std::string& url);
};

/// The order of events that all have who meet there.
/// Returns: nullptr where a signal has asked to end before it is there.
[[nodiscard]] std::unique_ptr<journal> meet_at_redis(asio::io_context& io,
                                                     const redis_options& options, hall& rooms);

} // namespace chat
