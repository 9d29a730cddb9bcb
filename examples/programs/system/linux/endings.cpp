// SPDX-License-Identifier: MIT
#include "system/endings.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

struct endings::source {
    sigset_t before{};
    asio::posix::stream_descriptor signals;
};

namespace {

sigset_t heeded() {
    sigset_t result;
    sigemptyset(&result);
    for (const int each : {SIGINT, SIGTERM}) {
        struct sigaction now {};
        ::sigaction(each, nullptr, &now);
        if (now.sa_handler != SIG_IGN) sigaddset(&result, each);
    }
    return result;
}

} // namespace

endings::endings(asio::io_context& io)
    : source_(std::make_unique<source>(source{{}, asio::posix::stream_descriptor(io)})) {
    const sigset_t wanted = heeded();
    const int descriptor = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    source_->signals.assign(descriptor);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &source_->before);
}

endings::~endings() {
    ::pthread_sigmask(SIG_SETMASK, &source_->before, nullptr);
}

void endings::at_next(std::function<void(int)> action) {
    auto& signals = source_->signals;
    const auto take = [this, &signals, action = std::move(action)](std::error_code cancelled) {
        signalfd_siginfo found{};
        if (cancelled || ::read(signals.native_handle(), &found, sizeof found) < 0) return;
        has_come_ = true;
        action(static_cast<int>(found.ssi_signo));
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
