// SPDX-License-Identifier: MIT
#include "support/readiness.hpp"

#include "support/descriptor.hpp"

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>

readiness::readiness(asio::io_context& io, int number, std::uint32_t events) {
    descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    if (poll.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    epoll_event event{};
    event.events = events;
    if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, number, &event) == 0)
        poll_.emplace(io, poll.release());
}

asio::awaitable<bool> readiness::wait() {
    if (!poll_) co_return true;
    std::error_code error;
    co_await poll_->async_wait(asio::posix::descriptor_base::wait_read,
                               asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

void readiness::cancel() {
    std::error_code ignored;
    if (poll_) poll_->cancel(ignored);
}
