// SPDX-License-Identifier: MIT
#include "system/signals.hpp"

#include <csignal>

namespace signals {

void begin_ordinarily() {
    std::signal(SIGCHLD, SIG_DFL);
    std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error, too
    outlive_peers();
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void outlive_peers() {
    std::signal(SIGPIPE, SIG_IGN);
}

void ignore_more() {
    // Blocked, not ignored: whoever gives a handler back would undo that.
    sigset_t endings;
    ::sigemptyset(&endings);
    ::sigaddset(&endings, SIGINT);
    ::sigaddset(&endings, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &endings, nullptr);
}

bool is_ignored(int signal) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    return now.sa_handler == SIG_IGN;
}

std::optional<int> of_question() {
    return SIGUSR1;
}

void start_without(const std::function<void()>& start) {
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    ::pthread_sigmask(SIG_SETMASK, &every, &before);
    start();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace signals
