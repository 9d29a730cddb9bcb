// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <utility>

namespace framing::inline v0::net {

/// Something that operations on one executor wait for to change. Who waits looks again when woken:
/// the change may be another's. An object belongs on one thread or strand; destroyed, it wakes all.
class condition {
public:
    /// Who waits is woken by `executor`. Throws: what an asio::steady_timer does.
    explicit condition(const asio::any_io_executor& executor)
        : never_(executor, (asio::steady_timer::time_point::max)()) {}

    /// Waits for the next `notify`, when awaited. Never fails: a cancelled wait is over, too.
    ///
    /// Throws: std::bad_alloc.
    [[nodiscard]] asio::awaitable<void> wait() {
        error_code woken;
        co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }

    /// As `wait`, for a handler of `void(error_code)`, which is told operation_aborted in each
    /// case.
    template <class Handler>
    void async_wait(Handler&& handler) {
        never_.async_wait(std::forward<Handler>(handler));
    }

    /// Wakes all who wait now, from the executor's loop. Throws: nothing.
    void notify() { never_.cancel(); }

private:
    asio::steady_timer never_;
};

} // namespace framing::inline v0::net
