// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

/// What coroutines do with an executor and a clock, compiled once for all programs.
namespace tasks {

using clock = std::chrono::steady_clock;

/// Runs a coroutine beside others. What it throws leaves the loop of the executor, unless `ended`
/// takes it; that is called in any case.
void spawn(const asio::any_io_executor& executor, asio::awaitable<void> work);
void spawn(const asio::any_io_executor& executor, asio::awaitable<void> work,
           std::function<void(std::exception_ptr)> ended);

/// Waits so long.
asio::awaitable<void> pause(clock::duration time);

/// As framing::net::within.
asio::awaitable<void> within(clock::duration time, asio::awaitable<void> work);

/// Adds signals to a set, but for those that are ignored: whoever started us wants that, as `nohup`
/// and `&` in a script do.
void heed(asio::signal_set& signals, int wanted);
template <class... More>
void heed(asio::signal_set& signals, int wanted, More... more) { // GCC 12 loses lists in coroutines
    heed(signals, wanted);
    heed(signals, more...);
}

/// Waits for a signal of the set. Returns: 0 where the set was cancelled.
asio::awaitable<int> next(asio::signal_set& signals);

/// Does something at each signal of the set, which it is given, until the set is cancelled.
void at_each(asio::signal_set& signals, std::function<void(int)> action);

/// A wait that can be cut short. One wait at a time; who wakes it where nobody waits wakes nobody.
class sleeper {
public:
    explicit sleeper(const asio::any_io_executor& executor) : timer_(executor) {}

    asio::awaitable<void> sleep_until(clock::time_point end);
    asio::awaitable<void> sleep_for(clock::duration time) {
        return sleep_until(clock::now() + time);
    }

    /// Ends a wait that is under way.
    void wake() { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

/// Something that is done after a while, unless it is taken back or the alarm is gone by then.
class alarm {
public:
    explicit alarm(const asio::any_io_executor& executor) : timer_(executor) {}

    /// Takes the last one back.
    void set(clock::duration time, std::function<void()> action);
    void cancel();

private:
    asio::steady_timer timer_;
    std::shared_ptr<std::function<void()>> action_; // looked for when the time has come
};

} // namespace tasks
