// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_view.hpp>
#include <framing/net/asio.hpp>
#include <framing/reassembler.hpp>

#include <asio.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat_load {

class member;

/// Whom members tell what they hear.
class audience {
public:
    /// The bytes of a read have come, before any of the frames in them.
    virtual void woken() = 0;
    virtual void heard(member& by, const framing::header_view& header, std::size_t body_size) = 0;
    /// Nothing more is heard; not called after `leave`.
    virtual void lost(member& who, const std::string& why) = 0;

protected:
    ~audience() = default;
};

/// One connection of many: a socket and what it has heard, as cheap as can be, so that it is the
/// server that is measured.
class member : public std::enable_shared_from_this<member> {
public:
    member(std::size_t number, audience& those, framing::net::stream_socket socket)
        : number_(number), audience_(&those), socket_(std::move(socket)) {}

    [[nodiscard]] std::size_t number() const { return number_; }

    /// Begins to read.
    void listen() { receive(); }
    /// Reads nothing more, so that the server has to keep what it sends.
    void stall();
    /// Is heard of no more.
    void leave();
    [[nodiscard]] bool has_left() const { return audience_ == nullptr; }

    /// Sends whole frames; those that cannot leave yet are kept, in their order.
    void send(std::string_view frames);

    /// The number of the message to be heard next; 0 for a member that has not been welcomed.
    std::uint64_t next = 0;

private:
    static constexpr std::size_t room = 16 * 1024; // for one read

    void receive();
    void received(std::error_code error, std::size_t size);
    void write();
    void end(const std::string& why);

    std::size_t number_;
    audience* audience_; // nullptr once it has left
    framing::net::stream_socket socket_;
    framing::reassembler<framing::header_view> incoming_;
    std::string waiting_; // to be sent
    std::string leaving_; // being sent
    bool stalled_ = false;
    bool writing_ = false;
};

} // namespace chat_load
