// SPDX-License-Identifier: MIT
#include "support/standard_input.hpp"

#include "support/descriptor.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

standard_input::standard_input(asio::io_context& io) {
    descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    if (poll.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0)
        readiness_.emplace(io, poll.release());
}

asio::awaitable<bool> standard_input::wait() {
    if (!readiness_) co_return true;
    std::error_code error;
    co_await readiness_->async_wait(asio::posix::descriptor_base::wait_read,
                                    asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

std::optional<std::size_t> standard_input::read(std::span<char> into) {
    while (true) {
        const ssize_t size = ::read(STDIN_FILENO, into.data(), into.size());
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno == EAGAIN) return std::nullopt;
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "cannot read standard input");
    }
}

void standard_input::cancel() {
    std::error_code ignored;
    if (readiness_) readiness_->cancel(ignored);
}
