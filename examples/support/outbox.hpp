// SPDX-License-Identifier: MIT
#pragma once

#include <framing/framing.hpp>

#include "support/address.hpp"
#include "support/condition.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

/// What one connection has to send: the only writer of its socket, so that frames never mix.
/// Used on the thread of its io_context.
class outbox {
public:
    explicit outbox(stream_socket& socket) : socket_(socket), changed_(socket.get_executor()) {}

    /// Queues one frame. After the connection broke there is nobody to send to, and it is dropped.
    /// Throws: std::system_error if the header cannot be encoded.
    void post(const nlohmann::json& header, framing::byte_view body = {});

    /// Waits until little enough is queued that its owner may go on producing.
    asio::awaitable<void> room();

    /// Sends what is queued until `close`, or until the connection breaks.
    asio::awaitable<void> run();

    /// Lets `run` end when all that is queued has left.
    void close();

    /// The peer is gone: nothing more is sent, nobody waits any longer.
    void abandon();
    [[nodiscard]] bool abandoned() const { return broken_; }

    [[nodiscard]] asio::any_io_executor executor() { return socket_.get_executor(); }

private:
    static constexpr std::size_t high_mark = 256 * 1024;

    stream_socket& socket_;
    condition changed_;
    framing::encoder<> encoder_;
    std::string queued_;
    std::string sending_;
    bool closed_ = false;
    bool broken_ = false;
};
