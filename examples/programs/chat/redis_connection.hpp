// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>

#include "chat/redis_replies.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <hiredis/hiredis.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace chat {

struct redis_reply_deleter {
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using redis_reply = std::unique_ptr<redisReply, redis_reply_deleter>;

/// A connection to Redis: hiredis reads and writes the protocol, Asio the bytes.
class redis_connection {
public:
    using command = std::vector<std::string>;

    explicit redis_connection(const asio::any_io_executor& executor)
        : socket_(executor), deadline_(executor) {}

    /// Throws: std::system_error, also where that takes longer than `most`.
    asio::awaitable<void> connect(const framing::net::address& where,
                                  std::chrono::milliseconds most);

    /// Sends the commands at once and waits for the answers to all of them, for so long at most.
    /// Pre: the commands live until then.
    ///
    /// Returns: as many answers, none of which is an error.
    /// Throws: redis_error for the first that is one, or for what is no answer; std::system_error
    /// where the connection broke, and then any of the commands may have been done.
    asio::awaitable<std::vector<redis_reply>> run(const std::vector<command>& commands,
                                                  std::chrono::milliseconds most);

private:
    asio::awaitable<void> open(framing::net::address where);
    asio::awaitable<redis_reply> read();

    framing::net::stream_socket socket_;
    tasks::alarm deadline_;
    redis_reader reader_;
    std::vector<char> received_ = std::vector<char>(64 * 1024);
};

} // namespace chat
