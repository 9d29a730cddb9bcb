// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/datagram.hpp>

#include <asio.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

/// A member of every answer. What has it is not answered.
inline constexpr const char* echo_mark = "echo";

/// A datagram and the mark. Still fits into one packet of IPv6 everywhere.
inline constexpr std::size_t most_with_mark = framing::net::datagram_socket<>::default_size + 32;

/// Throws: std::invalid_argument, std::system_error.
inline asio::ip::udp::endpoint udp_endpoint(asio::io_context& io, const std::string& text) {
    const auto where = framing::net::address::parse(text);
    if (where.is_unix()) throw std::invalid_argument("'" + text + "': UDP needs HOST:PORT");
    asio::ip::udp::resolver resolver(io);
    return resolver.resolve(where.host, where.port).begin()->endpoint();
}
