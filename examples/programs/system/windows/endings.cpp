// SPDX-License-Identifier: MIT
#include "system/endings.hpp"

#include <csignal>
#include <system_error>
#include <utility>

struct endings::source {
    explicit source(asio::io_context& io) : signals(io, SIGINT, SIGBREAK) {}

    asio::signal_set signals;
};

/// Ctrl-C is SIGINT, Ctrl-Break another.
endings::endings(asio::io_context& io) : source_(std::make_unique<source>(io)) {}

endings::~endings() = default;

void endings::at_next(std::function<void(int)> action) {
    source_->signals.async_wait(
        [this, action = std::move(action)](std::error_code cancelled, int signal) {
            if (cancelled) return;
            has_come_ = true;
            action(signal);
        });
}

/// No pipe says how much room it has.
bool endings::wait_for_room(int) {
    return true;
}
