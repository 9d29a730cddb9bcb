// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "support/standard_output.hpp"

#include <asio.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace framecat {

/// Writes to standard output, or standard error, what several streams have to say, while they go
/// on. Where nobody takes it, they wait for `room`, so that it stays within bounds.
///
/// What cannot be written is thrown out of the loop.
class printer {
public:
    /// `what` is written, as an error tells it.
    printer(asio::io_context& io, int number, const char* what);
    printer(const printer&) = delete;
    printer& operator=(const printer&) = delete;
    ~printer();

    void print(std::string_view text);

    /// Waits until little enough is unwritten.
    asio::awaitable<void> room();
    /// Waits until all of it is written.
    asio::awaitable<void> rest();

private:
    static constexpr std::size_t most_unwritten = 256 * 1024;

    struct state {
        state(asio::io_context& io, int number, const char* what)
            : output(io, number, what), changed(io.get_executor()) {}

        standard_output output;
        framing::net::condition changed;
        std::string unwritten;
        bool writing = false;
        bool over = false;
    };

    static asio::awaitable<void> write(std::shared_ptr<state> self);

    std::shared_ptr<state> state_;
    asio::any_io_executor executor_;
};

} // namespace framecat
