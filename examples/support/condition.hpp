// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <system_error>

/// Something that coroutines of one thread wait for to change. Who waits looks again when woken.
class condition {
public:
    explicit condition(const asio::any_io_executor& executor)
        : never_(executor, asio::steady_timer::time_point::max()) {}

    asio::awaitable<void> wait() {
        std::error_code cancelled;
        co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }

    /// Wakes all who wait now.
    void notify() { never_.cancel(); }

private:
    asio::steady_timer never_;
};
