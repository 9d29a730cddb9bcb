// SPDX-License-Identifier: MIT
#pragma once

#include "system/readiness.hpp"

#include <asio.hpp>

#include <cstddef>
#include <optional>
#include <span>

/// Our own standard input.
class standard_input {
public:
    explicit standard_input(asio::io_context& io);

    /// Waits until there is input, or its end. Returns: false when cancelled.
    asio::awaitable<bool> wait() { return readiness_.wait(); }

    /// Reads what is there.
    ///
    /// Returns: how much; 0 at the end; nothing where others who share it were faster.
    /// Throws: std::system_error.
    [[nodiscard]] static std::optional<std::size_t> read(std::span<char> into);

    /// Ends a wait; what is there stays there.
    void cancel() { readiness_.cancel(); }

private:
    readiness readiness_;
};
