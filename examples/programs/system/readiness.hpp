// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <memory>

/// Waits for a descriptor that others share, such as a standard stream, without making it
/// non-blocking, which would last in a terminal when we are gone.
class readiness {
public:
    /// What is waited for.
    enum class of { input, room };

    readiness(asio::io_context& io, int number, of what);
    readiness(const readiness&) = delete;
    readiness& operator=(const readiness&) = delete;
    ~readiness();

    /// Waits until it is ready, as a file always is. Returns: false when cancelled.
    asio::awaitable<bool> wait();

    /// Ends a wait.
    void cancel();

private:
    struct watch;
    std::unique_ptr<watch> watch_;
};
