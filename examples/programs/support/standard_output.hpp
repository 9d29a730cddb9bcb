// SPDX-License-Identifier: MIT
#pragma once

#include "system/readiness.hpp"

#include <asio.hpp>

#include <string_view>

/// Our own standard output, or standard error, written to without a wait that nothing can end.
class standard_output {
public:
    /// `what` is written, as an error tells it.
    standard_output(asio::io_context& io, int number, const char* what);

    /// Writes all of it, or until it is cancelled.
    /// Throws: std::system_error.
    asio::awaitable<void> write(std::string_view bytes);

    /// Ends a write that waits for room.
    void cancel() { readiness_.cancel(); }

private:
    int number_;
    const char* what_;
    readiness readiness_;
};
