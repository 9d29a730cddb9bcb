// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>

#include <asio.hpp>

#include <stdexcept>
#include <string>

/// Throws: std::invalid_argument, std::system_error.
inline asio::ip::udp::endpoint udp_endpoint(asio::io_context& io, const std::string& text) {
    const auto where = framing::net::address::parse(text);
    if (where.is_unix()) throw std::invalid_argument("'" + text + "': UDP needs HOST:PORT");
    asio::ip::udp::resolver resolver(io);
    return resolver.resolve(where.host, where.port).begin()->endpoint();
}
