// SPDX-License-Identifier: MIT
#include "system/readiness.hpp"

#include "system/descriptor_calls.hpp"

#include <chrono>
#include <system_error>

/// Looks again and again: Asio's own way makes a descriptor non-blocking.
struct readiness::watch {
    int number;
    of what;
    asio::steady_timer next_look;
    bool cancelled = false; // also where it was about to look

    [[nodiscard]] bool is_ready() const {
        return what == of::input ? descriptor_calls::has_input(number)
                                 : descriptor_calls::has_room(number);
    }
};

readiness::readiness(asio::io_context& io, int number, of what)
    : watch_(std::make_unique<watch>(watch{number, what, asio::steady_timer(io), false})) {}

readiness::~readiness() = default;

asio::awaitable<bool> readiness::wait() {
    watch_->cancelled = false;
    while (!watch_->cancelled && !watch_->is_ready()) {
        watch_->next_look.expires_after(std::chrono::milliseconds(10));
        std::error_code woken;
        co_await watch_->next_look.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    co_return !watch_->cancelled;
}

void readiness::cancel() {
    watch_->cancelled = true;
    watch_->next_look.cancel();
}
