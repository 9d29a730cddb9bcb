// SPDX-License-Identifier: MIT
#pragma once

#include "support/command_line.hpp"
#include "support/status.hpp"
#include "support/udp.hpp"

#include <asio.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <string>

namespace udp {

struct host_options {
    std::string listen = "127.0.0.1:0";
    ::status::options status;
};

void add_options(command_line& line, host_options& options);

/// A server, from its address to its end.
class host {
public:
    /// `most`: bytes of a datagram.
    /// Throws: std::invalid_argument where it cannot.
    host(asio::io_context& io, const host_options& options,
         std::size_t most = socket::default_size);

    /// One for each address that it listens at.
    [[nodiscard]] std::list<socket>& sockets() { return sockets_; }

    /// Says where it listens, and runs the loop until a signal, and then `goodbye`. `members`: how
    /// many there are.
    /// Returns: the exit code.
    /// Throws: std::invalid_argument where metrics cannot be served.
    int run(
        const std::function<void()>& goodbye = [] {},
        const std::function<std::size_t()>& members = [] { return std::size_t{0}; });

private:
    asio::io_context& io_;
    const host_options& options_;
    std::list<socket> sockets_;
};

} // namespace udp
