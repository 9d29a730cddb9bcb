// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <cstdint>
#include <optional>

/// Waits for a descriptor that others share, such as a standard stream, without a thread and
/// without making it non-blocking, which would last in a terminal when we are gone.
class readiness {
public:
    /// `events`: EPOLLIN or EPOLLOUT.
    readiness(asio::io_context& io, int number, std::uint32_t events);

    /// Waits until it is ready, as a file always is. Returns: false when cancelled.
    asio::awaitable<bool> wait();

    /// Ends a wait.
    void cancel();

private:
    // Readable when the other one is ready; empty for a file.
    std::optional<asio::posix::stream_descriptor> poll_;
};
