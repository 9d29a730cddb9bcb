// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <concepts>
#include <memory>
#include <utility>

namespace framing::inline v0::net::detail {

/// Where the handler of one operation waits, of any type, `void()`. Whoever wakes it owns it, as a
/// read under way does: a handler that owned itself, by what it holds, would outlive its context.
class parking {
public:
    [[nodiscard]] bool is_taken() const noexcept { return bool(waiting_); }

    /// Pre: it is not taken. A cancelled operation goes on, too, and then from the executor's loop.
    template <class Handler>
    void park(asio::any_io_executor executor, Handler handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        waiting_ = std::make_unique<parked<Handler>>(std::move(handler));
        if (slot.is_connected())
            slot.assign([this, executor = std::move(executor)](asio::cancellation_type) {
                post(executor);
            });
    }

    /// Lets who waits go on, if anybody does, here and now. Pre: it is the loop of `executor` that
    /// calls.
    void wake(const asio::any_io_executor& executor) {
        if (const auto woken = std::move(waiting_)) woken->go_on(executor);
    }

    /// The same, from the executor's loop.
    void post(const asio::any_io_executor& executor) {
        if (waiting_)
            asio::post(executor,
                       [woken = std::move(waiting_), executor] { woken->go_on(executor); });
    }

private:
    struct anything {
        virtual ~anything() = default;
        virtual void go_on(const asio::any_io_executor& running) = 0;
    };

    template <class Handler>
    struct parked final : anything {
        explicit parked(Handler held) : handler(std::move(held)) {}
        void go_on(const asio::any_io_executor& running) override {
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) slot.clear();
            const auto executor = asio::get_associated_executor(handler, running);
            if constexpr (std::same_as<decltype(executor), const asio::any_io_executor>)
                if (executor == running) return std::move(handler)();
            asio::dispatch(executor, std::move(handler));
        }
        Handler handler;
    };

    std::unique_ptr<anything> waiting_;
};

} // namespace framing::inline v0::net::detail
