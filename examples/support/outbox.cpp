// SPDX-License-Identifier: MIT
#include "support/outbox.hpp"

#include <system_error>
#include <utility>

void outbox::post(const nlohmann::json& header, framing::byte_view body) {
    if (broken_) return;
    if (const std::error_code error = encoder_.encode(header, body, queued_))
        throw std::system_error(error, "cannot send a message");
    changed_.notify();
}

asio::awaitable<void> outbox::room() {
    while (queued_.size() + sending_.size() > high_mark && !broken_) co_await changed_.wait();
}

asio::awaitable<void> outbox::run() {
    while (!broken_) {
        while (queued_.empty() && !closed_) co_await changed_.wait();
        if (queued_.empty()) break;
        std::swap(queued_, sending_);
        std::error_code error;
        co_await asio::async_write(socket_, asio::buffer(sending_),
                                   asio::redirect_error(asio::use_awaitable, error));
        sending_.clear();
        if (error) abandon();
        changed_.notify();
    }
}

void outbox::close() {
    closed_ = true;
    changed_.notify();
}

void outbox::abandon() {
    broken_ = true;
    queued_.clear();
    changed_.notify();
}
