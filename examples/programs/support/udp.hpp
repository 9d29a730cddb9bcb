// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/datagram.hpp>

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <system_error>

/// What programs over UDP have in common.
namespace udp {

using endpoint = asio::ip::udp::endpoint;
using socket = framing::net::datagram_socket<nlohmann::json>;
using datagram = framing::net::datagram<nlohmann::json>;

/// Looks HOST:PORT up.
/// Throws: std::invalid_argument, std::system_error.
[[nodiscard]] endpoint resolve(const std::string& text);

/// As socket::receive, compiled once for all programs. Fails only when the socket is closed or the
/// operation cancelled.
asio::awaitable<const datagram*> receive(socket& from);
asio::awaitable<const datagram*> receive(socket& from, std::error_code& error);

} // namespace udp

extern template class framing::net::datagram_socket<nlohmann::json>;
