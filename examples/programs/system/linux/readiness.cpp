// SPDX-License-Identifier: MIT
#include "system/readiness.hpp"

#include "support/descriptor.hpp"

#include <sys/epoll.h>

#include <cerrno>
#include <optional>
#include <system_error>

struct readiness::watch {
    // Readable when the other one is ready; empty for a file.
    std::optional<asio::posix::stream_descriptor> poll;
};

readiness::readiness(asio::io_context& io, int number, of what)
    : watch_(std::make_unique<watch>()) {
    descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    if (poll.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    epoll_event event{};
    event.events = what == of::input ? EPOLLIN : EPOLLOUT;
    if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, number, &event) == 0)
        watch_->poll.emplace(io, poll.release());
}

readiness::~readiness() = default;

asio::awaitable<bool> readiness::wait() {
    if (!watch_->poll) co_return true;
    std::error_code error;
    co_await watch_->poll->async_wait(asio::posix::descriptor_base::wait_read,
                                      asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

void readiness::cancel() {
    std::error_code ignored;
    if (watch_->poll) watch_->poll->cancel(ignored);
}
