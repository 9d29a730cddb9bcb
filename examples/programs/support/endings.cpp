// SPDX-License-Identifier: MIT
#include "support/endings.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

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

endings::endings(asio::io_context& io) : signals_(io) {
    const sigset_t wanted = heeded();
    const int descriptor = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    signals_.assign(descriptor);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
}

endings::~endings() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void endings::at_next(std::function<void(int)> action) {
    const auto take = [this, action = std::move(action)](std::error_code cancelled) {
        signalfd_siginfo found{};
        if (cancelled || ::read(signals_.native_handle(), &found, sizeof found) < 0) return;
        has_come_ = true;
        action(static_cast<int>(found.ssi_signo));
    };
    signals_.async_wait(signals_.wait_read, take);
}

bool endings::wait_for_room(int number) {
    std::array<pollfd, 2> looks{{{number, POLLOUT, 0}, {signals_.native_handle(), POLLIN, 0}}};
    while (::poll(looks.data(), looks.size(), has_come_ ? 0 : -1) < 0 && errno == EINTR) {
    }
    return looks[0].revents != 0;
}
