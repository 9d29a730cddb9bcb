// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/datagram.hpp>
#include <framing/encoder.hpp>
#include <framing/frame.hpp>
#include <framing/limits.hpp>
#include <framing/net/asio.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace framing::inline v0::net {

/// One frame that came in a datagram of its own.
template <class Header>
struct datagram {
    frame<Header> message; // views the bytes received: until the next receive
    asio::ip::udp::endpoint sender;
    std::size_t size = 0; // of all of it
};

/// Frames over UDP, each in a datagram of its own. What UDP loses, doubles or reorders stays so.
///
/// An object and its operations belong on one thread or strand, one receive at a time; it must
/// outlive them.
template <class Header = nlohmann::json>
class datagram_socket {
public:
    using endpoint = asio::ip::udp::endpoint;

    /// What fits into one packet everywhere, so that no network cuts it up.
    static constexpr std::size_t default_size = 1200;

    explicit datagram_socket(asio::ip::udp::socket socket, std::size_t max_size = default_size)
        : socket_(std::move(socket)),
          max_size_(max_size), limits_{max_size, max_size, limits().max_depth}, encoder_(limits_),
          received_(std::make_unique<std::array<std::byte, 65536>>()) {}

    [[nodiscard]] asio::ip::udp::socket& socket() { return socket_; }

    /// Receives the next datagram that is exactly one frame: `void(error_code, datagram*)`. Others
    /// are dropped and counted; so are errors about datagrams sent, which are one peer's affair.
    /// Fails only when the socket is closed or the operation cancelled.
    template <class Token = asio::use_awaitable_t<>>
    auto receive(Token&& token = Token()) {
        return asio::async_compose<Token, void(error_code, datagram<Header>*)>(
            receive_operation{*this}, token, socket_);
    }

    /// Sends one frame at once, or nothing: UDP waits for nobody.
    ///
    /// Returns: what an encoder says; std::errc::message_size above the maximum; or the system's
    /// error, of which would_block means that its buffer is full.
    [[nodiscard]] std::error_code send(const Header& header, byte_view body, const endpoint& to) {
        sending_.clear();
        if (const std::error_code error = encoder_.encode(header, body, sending_)) return error;
        return send_bytes(std::as_bytes(std::span(sending_)), to);
    }
    /// As above, one frame that others get too.
    [[nodiscard]] std::error_code send(const shared_frames& frame, const endpoint& to) {
        return send_bytes(frame.bytes, to);
    }

    /// How many datagrams were no frame.
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
                if (!error && self.take(size)) return operation.complete({}, &self.found_);
            }
            self.socket_.async_receive_from(asio::buffer(*self.received_), self.found_.sender,
                                            std::move(operation));
        }
    };

    std::error_code send_bytes(std::span<const std::byte> bytes, const endpoint& to) {
        if (bytes.size() > max_size_) return std::make_error_code(std::errc::message_size);
        error_code error;
        if (!socket_.non_blocking()) socket_.non_blocking(true, error);
        socket_.send_to(asio::buffer(bytes.data(), bytes.size()), to, 0, error);
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
};

} // namespace framing::inline v0::net
