// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/condition.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace helpers {

/// An io_context for one test. Whoever waits for ever is found out.
class loop {
public:
    [[nodiscard]] asio::any_io_executor executor() { return io_.get_executor(); }
    [[nodiscard]] asio::io_context& context() { return io_; }

    /// Runs until `done()`.
    template <class Done>
    void until(const Done& done) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!done()) {
            if (io_.stopped()) io_.restart();
            if (io_.run_one_until(end) == 0) throw std::runtime_error("it hangs");
        }
    }

    /// Runs a coroutine, `body()`, until it is over; what it throws is thrown.
    template <class Body>
    void run(Body&& body) {
        run_to_end(body());
    }

    /// Runs what is ready, and waits for nothing.
    void poll() {
        if (io_.stopped()) io_.restart();
        io_.poll();
    }

    /// Runs until nothing is left to be done: no operation and no timer.
    void finish() {
        if (io_.stopped()) io_.restart();
        io_.run_for(patience);
        CHECK_MESSAGE(io_.stopped(), "something is left");
    }

private:
    /// Not for any body, as Asio's part of it takes a second to compile.
    void run_to_end(asio::awaitable<void> work) {
        bool done = false;
        std::exception_ptr thrown;
        asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& error) {
            thrown = error;
            done = true;
        });
        until([&] { return done; });
        if (thrown) std::rethrow_exception(thrown);
    }

    static constexpr std::chrono::seconds patience{10};
    asio::io_context io_{1};
};

/// Lets what is ready happen.
inline asio::awaitable<void> turns(int count = 20) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    for (int i = 0; i < count; ++i) co_await asio::post(executor, asio::use_awaitable);
}

inline asio::awaitable<void> pause(std::chrono::milliseconds time) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace helpers
