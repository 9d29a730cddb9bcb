// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/header_view.hpp>
#include <framing/net/datagram.hpp>
#include <framing/shared_frames.hpp>

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

/// What programs over UDP have in common. What comes is checked text, what is sent is JSON.
namespace udp {

using endpoint = asio::ip::udp::endpoint;
using socket = framing::net::datagram_socket<framing::header_view>;
using datagram = framing::net::datagram<framing::header_view>;

/// Who is at the other end, and by which way.
struct peer {
    endpoint address;
    asio::ip::address
        here; // of this machine, that it sends to; unspecified where it does not matter
    socket* by = nullptr;
};

/// Who has sent it, to that socket.
[[nodiscard]] peer sender_of(socket& by, const datagram& received);

/// As socket::receive, compiled once for all programs. Fails only when the socket is closed or the
/// operation cancelled.
asio::awaitable<const datagram*> receive(socket& from);
asio::awaitable<const datagram*> receive(socket& from, std::error_code& error);

/// As socket::send.
[[nodiscard]] std::error_code send(const peer& to, const nlohmann::json& header,
                                   framing::byte_view body = {});
[[nodiscard]] std::error_code send(const peer& to, const framing::shared_frames& frame);

/// A client's way to its server: to all that the name stands for until one of them has answered,
/// and then to that one.
class server_link {
public:
    /// `most`: bytes of a datagram.
    /// Throws: std::invalid_argument, std::system_error.
    server_link(asio::io_context& io, const std::string& where,
                std::size_t most = socket::default_size);

    [[nodiscard]] asio::ip::udp::socket& socket() { return frames_.socket(); }

    /// What the server sends. Fails only when the socket is closed or the operation cancelled.
    asio::awaitable<const datagram*> receive(std::error_code& error);

    /// As socket::send; it is enough that one of the server's addresses can be reached.
    [[nodiscard]] std::error_code send(const nlohmann::json& header, framing::byte_view body);

private:
    std::vector<endpoint> servers_;
    udp::socket frames_;
};

} // namespace udp

extern template class framing::net::datagram_socket<framing::header_view>;
