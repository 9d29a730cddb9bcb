// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <utility>

namespace framing::inline v0::net {

/// Something that operations on one executor wait for to change. Who waits looks again when woken:
/// the change may be another's.
class condition {
public:
    explicit condition(const asio::any_io_executor& executor)
        : never_(executor, (asio::steady_timer::time_point::max)()) {}

    /// Waits for the next `notify`. Never fails: a cancelled wait is over, too.
    [[nodiscard]] asio::awaitable<void> wait() {
        error_code woken;
        co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }

    /// As `wait`, for a handler of `void(error_code)`.
    template <class Handler>
    void async_wait(Handler&& handler) {
        never_.async_wait(std::forward<Handler>(handler));
    }

    /// Wakes all who wait now.
    void notify() { never_.cancel(); }

private:
    asio::steady_timer never_;
};

} // namespace framing::inline v0::net
