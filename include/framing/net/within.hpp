// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/detail/from_now.hpp>
#include <framing/net/error.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

// Of Asio a function, of Qt a macro.
#pragma push_macro("emit")
#undef emit

namespace framing::inline v0::net {

namespace detail {

struct time_limit {
    asio::cancellation_signal cancel;
    bool is_over = false;
};

/// What comes from outside was let through there.
inline asio::awaitable<void> cancelled_in_any_way(asio::awaitable<void> work) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await std::move(work);
}

inline asio::awaitable<void> within(std::chrono::milliseconds time, asio::awaitable<void> work) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
    const auto limit = std::make_shared<time_limit>();
    if (outer.slot().is_connected()) // and it may be gone before this is
        outer.slot().assign([wanted = std::weak_ptr(limit)](asio::cancellation_type how) {
            if (const auto still = wanted.lock()) still->cancel.emit(how);
        });
    asio::steady_timer timer(executor, from_now(time));
    timer.async_wait([wanted = std::weak_ptr(limit)](error_code taken_back) {
        const auto still = wanted.lock(); // its turn may come when the work is done
        if (taken_back || !still) return;
        still->is_over = true;
        still->cancel.emit(asio::cancellation_type::terminal);
    });
    auto token = asio::bind_cancellation_slot(limit->cancel.slot(), asio::use_awaitable);
    try {
        asio::awaitable<void> all = cancelled_in_any_way(std::move(work));
        co_await asio::co_spawn(executor, std::move(all), std::move(token));
        co_return;
    } catch (...) {
        if (!limit->is_over) throw;
    }
    throw system_error(errc::timed_out);
}

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
    T given = co_await std::move(work);
    result.emplace(std::move(given));
}

} // namespace detail

/// Does `work`, for so long at most:
///
///     const auto* answer = co_await net::within(std::chrono::seconds(2), peer.read());
///
/// Where it takes longer it is cancelled, and waited for: an operation of a connection has then
/// done nothing, and the next one goes on where this one began. Cancelled, it cancels `work`.
///
/// Returns: when awaited, what `work` gives.
///
/// Throws: when awaited, what `work` throws; system_error with errc::timed_out where its
/// time was up; std::bad_alloc.
template <class T>
[[nodiscard]] asio::awaitable<T> within(std::chrono::milliseconds time, asio::awaitable<T> work) {
    if constexpr (std::is_void_v<T>) {
        co_await detail::within(time, std::move(work));
    } else {
        std::optional<T> result;
        asio::awaitable<void> kept = detail::keep(std::move(work), result);
        co_await detail::within(time, std::move(kept));
        co_return std::move(*result);
    }
}

} // namespace framing::inline v0::net

#pragma pop_macro("emit")
