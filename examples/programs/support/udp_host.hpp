// SPDX-License-Identifier: MIT
#pragma once

#include "support/udp.hpp"

#include <asio.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace udp {

/// A server, from its address to its end.
class host {
public:
    /// Listens at HOST:PORT. `most`: bytes of a datagram.
    /// Throws: std::invalid_argument where it cannot.
    host(asio::io_context& io, const std::string& listen, std::size_t most = socket::default_size);

    [[nodiscard]] udp::socket& frames() { return frames_; }

    /// Says where it listens, and runs the loop until a signal, and then `goodbye`.
    /// Returns: the exit code.
    int run(const std::function<void()>& goodbye = [] {});

private:
    asio::io_context& io_;
    udp::socket frames_;
};

} // namespace udp
