// SPDX-License-Identifier: MIT
#include "support/tasks.hpp"

#include <framing/net/within.hpp>

#include "system/signals.hpp"

#include <system_error>
#include <utility>

namespace tasks {

void spawn(const asio::any_io_executor& executor, asio::awaitable<void> work) {
    spawn(executor, std::move(work), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
}

void spawn(const asio::any_io_executor& executor, asio::awaitable<void> work,
           std::function<void(std::exception_ptr)> ended) {
    asio::co_spawn(executor, std::move(work), std::move(ended));
}

asio::awaitable<void> pause(clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> within(clock::duration time, asio::awaitable<void> work) {
    return framing::net::within(std::chrono::ceil<std::chrono::milliseconds>(time),
                                std::move(work));
}

void heed(asio::signal_set& signals, int wanted) {
    if (!::signals::is_ignored(wanted)) signals.add(wanted);
}

asio::awaitable<int> next(asio::signal_set& signals) {
    std::error_code cancelled;
    const int signal =
        co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return cancelled ? 0 : signal;
}

void at_each(asio::signal_set& signals, std::function<void(int)> action) {
    signals.async_wait(
        [&signals, action = std::move(action)](std::error_code cancelled, int signal) {
            if (cancelled) return;
            action(signal);
            at_each(signals, action);
        });
}

asio::awaitable<void> sleeper::sleep_until(clock::time_point end) {
    timer_.expires_at(end);
    std::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

void alarm::set(clock::duration time, std::function<void()> action) {
    action_ = std::make_shared<std::function<void()>>(std::move(action));
    timer_.expires_after(time);
    timer_.async_wait([wanted = std::weak_ptr(action_)](std::error_code cancelled) {
        if (const auto still = wanted.lock(); still && !cancelled) (*still)();
    });
}

void alarm::cancel() {
    action_.reset();
    timer_.cancel();
}

} // namespace tasks
