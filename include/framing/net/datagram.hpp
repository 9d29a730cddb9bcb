// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/datagram.hpp>
#include <framing/encoder.hpp>
#include <framing/frame.hpp>
#include <framing/limits.hpp>
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/detail/open_at_all.hpp>
#include <framing/net/detail/packet_info.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

/// A socket at each address that a name stands for, as localhost does for ::1 and 127.0.0.1, of
/// those that this machine has. They have the same port, also where port 0 was asked for. Blocks
/// while it looks the name up.
///
/// Throws: system_error; std::invalid_argument where it is no HOST:PORT; std::bad_alloc.
[[nodiscard]] inline std::vector<asio::ip::udp::socket> bind_at(asio::any_io_executor executor,
                                                                const address& where) {
    using udp = asio::ip::udp;
    if (where.is_unix()) throw std::invalid_argument("UDP needs HOST:PORT");
    asio::io_context io;
    udp::resolver resolver(io);
    std::vector<udp::endpoint> endpoints;
    for (const auto& each :
         resolver.resolve(where.host, where.port, asio::ip::resolver_base::passive))
        endpoints.push_back(each.endpoint());
    return detail::open_at_all<udp::socket>(
        endpoints, to_port(where.port) == 0,
        [&executor](udp::endpoint endpoint, const std::vector<udp::socket>& siblings) {
            if (!siblings.empty()) endpoint.port(siblings.front().local_endpoint().port());
            udp::socket result(executor, endpoint.protocol());
            if (endpoint.address().is_v6())
                result.set_option(asio::ip::v6_only(false)); // at `[::]`, IPv4, too
            result.bind(endpoint);
            return result;
        });
}

/// One frame that came in a datagram of its own.
template <class Header>
struct datagram {
    /// The frame; its body, and a header_view, live until the next receive.
    frame<Header> message;
    /// Where it says it came from, which proves nothing.
    asio::ip::udp::endpoint sender;
    /// Of this machine, which it was sent to, and from which its sender expects an answer; the
    /// unspecified one where the socket is bound to one address, or the system does not say.
    asio::ip::address destination;
    /// Bytes of all of it.
    std::size_t size = 0;
};

/// Frames over UDP, each in a datagram of its own. What UDP loses, doubles or reorders stays so.
///
/// An object and its operations belong on one thread or strand, one receive at a time; it must
/// outlive them.
///
/// Invalidates: `receive` and the destructor end what the last receive gave.
template <class Header = nlohmann::json>
class datagram_socket {
public:
    /// Where datagrams come from and go to.
    using endpoint = asio::ip::udp::endpoint;

    /// What fits into one packet everywhere, so that no network cuts it up.
    static constexpr std::size_t default_size = 1200;

    /// Over a socket that is open, and bound where it is to be found. Larger datagrams than
    /// `max_size` are neither sent nor taken. Throws: std::bad_alloc.
    explicit datagram_socket(asio::ip::udp::socket socket, std::size_t max_size = default_size)
        : socket_(std::move(socket)),
          max_size_(max_size), limits_{max_size, max_size, limits().max_depth}, encoder_(limits_),
          received_(std::make_unique<std::array<std::byte, 65536>>()) {
        error_code unbound;
        const endpoint here = socket_.local_endpoint(unbound);
        const bool at_all = !unbound && here.port() != 0 && here.address().is_unspecified();
        asks_destination_ = at_all && detail::ask_for_packet_info(socket_, here.address().is_v6());
    }

    /// The socket, for its options and addresses, and to close it. Throws: nothing.
    [[nodiscard]] asio::ip::udp::socket& socket() { return socket_; }

    /// Receives the next datagram that is exactly one frame: `void(error_code, datagram<Header>*)`,
    /// which lives until the next receive. Others are dropped and counted; errors about datagrams
    /// sent, which are one peer's affair, are passed over. Fails only when the socket is closed or
    /// the operation cancelled (terminally), with operation_aborted, or with bad_descriptor when it
    /// was not open.
    ///
    /// Throws: when awaited, system_error. What the header type throws, std::bad_alloc too, comes
    /// out of the executor's loop.
    template <class Token = asio::use_awaitable_t<>>
    auto receive(Token&& token = Token()) {
        return asio::async_compose<Token, void(error_code, datagram<Header>*)>(
            receive_operation{*this}, token, socket_);
    }

    /// Sends one frame at once, or nothing: UDP waits for nobody. `from`: the address of this
    /// machine that an answer comes from, the `destination` of what is answered; else the system
    /// picks one by the way there.
    ///
    /// Returns: success; or what an encoder says; std::errc::message_size above the maximum; the
    /// system's error, of which would_block means that its buffer is full.
    ///
    /// Throws: std::bad_alloc, or what the header type throws.
    [[nodiscard]] std::error_code send(const Header& header, byte_view body, const endpoint& to,
                                       const asio::ip::address& from = {}) {
        sending_.clear();
        if (const std::error_code error = encoder_.encode(header, body, sending_)) return error;
        return send_bytes(std::as_bytes(std::span(sending_)), to, from);
    }
    /// As above, one frame that others get too.
    [[nodiscard]] std::error_code send(const shared_frames& frame, const endpoint& to,
                                       const asio::ip::address& from = {}) {
        return send_bytes(frame.bytes, to, from);
    }

    /// How many datagrams were no frame. Throws: nothing.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    struct receive_operation {
        datagram_socket& self;
        bool initiated = false;

        template <class Operation>
        void operator()(Operation& operation, error_code error = {}, std::size_t size = 0) {
            if (std::exchange(initiated, true)) {
                if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
                    return operation.complete(error, nullptr);
                if (!self.socket_.is_open()) // also where a datagram had come before
                    return operation.complete(asio::error::operation_aborted, nullptr);
                if (self.asks_destination_)
                    size = detail::receive_with_packet_info(self.socket_, *self.received_,
                                                            self.found_.sender,
                                                            self.found_.destination, error);
                if (!error && self.take(size)) return operation.complete({}, &self.found_);
            }
            if (self.asks_destination_)
                self.socket_.async_wait(asio::socket_base::wait_read, std::move(operation));
            else
                self.socket_.async_receive_from(asio::buffer(*self.received_), self.found_.sender,
                                                std::move(operation));
        }
    };

    std::error_code send_bytes(std::span<const std::byte> bytes, const endpoint& to,
                               const asio::ip::address& from) {
        if (bytes.size() > max_size_) return std::make_error_code(std::errc::message_size);
        error_code error;
        if (!socket_.non_blocking()) socket_.non_blocking(true, error);
        if (from.is_unspecified())
            socket_.send_to(asio::buffer(bytes.data(), bytes.size()), to, 0, error);
        else
            detail::send_with_packet_info(socket_, bytes, to, from, error);
        return error;
    }

    bool take(std::size_t size) {
        fault why;
        const auto bytes = std::span<const std::byte>(*received_).first(size);
        std::optional<frame<Header>> frame;
        if (size <= max_size_) frame = decode_datagram<Header>(bytes, why, limits_);
        if (!frame) {
            ++dropped_;
            return false;
        }
        found_.message = std::move(*frame);
        found_.size = size;
        return true;
    }

    asio::ip::udp::socket socket_;
    std::size_t max_size_;
    limits limits_;
    encoder<Header> encoder_;
    std::unique_ptr<std::array<std::byte, 65536>> received_;
    std::string sending_;
    datagram<Header> found_;
    std::uint64_t dropped_ = 0;
    bool asks_destination_ = false;
};

} // namespace framing::inline v0::net
