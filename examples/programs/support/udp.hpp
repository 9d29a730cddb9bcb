// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/header_view.hpp>
#include <framing/net/datagram.hpp>
#include <framing/shared_frames.hpp>

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <system_error>

/// What programs over UDP have in common. What comes is checked text, what is sent is JSON.
namespace udp {

using endpoint = asio::ip::udp::endpoint;
using socket = framing::net::datagram_socket<framing::header_view>;
using datagram = framing::net::datagram<framing::header_view>;

/// Looks HOST:PORT up.
/// Throws: std::invalid_argument, std::system_error.
[[nodiscard]] endpoint resolve(const std::string& text);

/// As socket::receive, compiled once for all programs. Fails only when the socket is closed or the
/// operation cancelled.
asio::awaitable<const datagram*> receive(socket& from);
asio::awaitable<const datagram*> receive(socket& from, std::error_code& error);

/// As socket::send.
[[nodiscard]] std::error_code send(socket& from, const nlohmann::json& header,
                                   framing::byte_view body, const endpoint& to);
[[nodiscard]] std::error_code send(socket& from, const framing::shared_frames& frame,
                                   const endpoint& to);

} // namespace udp

extern template class framing::net::datagram_socket<framing::header_view>;
