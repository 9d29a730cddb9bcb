// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <cstddef>
#include <optional>
#include <span>

/// Our own standard input, waited for without a thread and without making it non-blocking, which
/// would last in the terminal when we are gone.
class standard_input {
public:
    explicit standard_input(asio::io_context& io);

    /// Waits for input and reads what is there; 0 at the end, or when it cannot be read.
    /// Stops, with nothing read, when cancelled.
    asio::awaitable<std::optional<std::size_t>> read(std::span<char> into);

    void cancel();

private:
    // Readable when standard input is; empty for a file, which always is.
    std::optional<asio::posix::stream_descriptor> readiness_;
};
