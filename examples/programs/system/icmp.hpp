// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <optional>
#include <system_error>

namespace chat {

/// Has the system keep what networks and machines answer to our datagrams: that nobody is there.
/// Throws: std::system_error.
void keep_icmp_errors(asio::ip::udp::socket& socket);

/// The next address that has refused a datagram, and why; nothing where there is none.
struct icmp_error {
    asio::ip::udp::endpoint who;
    std::error_code why;
};
[[nodiscard]] std::optional<icmp_error> next_icmp_error(asio::ip::udp::socket& socket);

} // namespace chat
