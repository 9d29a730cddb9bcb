// SPDX-License-Identifier: MIT
#include "system/endings.hpp"

#include "support/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <utility>

namespace {

constexpr std::array heeded{SIGINT, SIGTERM};

volatile std::sig_atomic_t told = -1; // where a signal that comes is written

extern "C" void tell(int signal) {
    const int error = errno;
    const auto number = static_cast<unsigned char>(signal);
    static_cast<void>(!::write(told, &number, 1)); // it is full of others already
    errno = error;
}

} // namespace

struct endings::source {
    std::array<struct sigaction, heeded.size()> before{};
    asio::posix::stream_descriptor signals;
    descriptor writer;
};

endings::endings(asio::io_context& io)
    : source_(std::make_unique<source>(source{{}, asio::posix::stream_descriptor(io), {}})) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    source_->signals.assign(ends[0]);
    source_->writer = descriptor(ends[1]);
    for (const int end : ends) {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    told = ends[1];
    struct sigaction telling {};
    telling.sa_handler = tell;
    telling.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < heeded.size(); ++i) {
        struct sigaction& now = source_->before[i];
        ::sigaction(heeded[i], nullptr, &now);
        if (now.sa_handler != SIG_IGN) ::sigaction(heeded[i], &telling, nullptr);
    }
}

endings::~endings() {
    for (std::size_t i = 0; i < heeded.size(); ++i)
        ::sigaction(heeded[i], &source_->before[i], nullptr);
    told = -1;
}

void endings::at_next(std::function<void(int)> action) {
    auto& signals = source_->signals;
    const auto take = [this, &signals, action = std::move(action)](std::error_code cancelled) {
        unsigned char number = 0;
        if (cancelled || ::read(signals.native_handle(), &number, 1) != 1) return;
        has_come_ = true;
        action(number);
    };
    signals.async_wait(signals.wait_read, take);
}

bool endings::wait_for_room(int number) {
    std::array<pollfd, 2> looks{
        {{number, POLLOUT, 0}, {source_->signals.native_handle(), POLLIN, 0}}};
    while (::poll(looks.data(), looks.size(), has_come_ ? 0 : -1) < 0 && errno == EINTR) {
    }
    return looks[0].revents != 0;
}
