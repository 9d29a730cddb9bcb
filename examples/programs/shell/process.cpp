// SPDX-License-Identifier: MIT
#include "shell/process.hpp"

#include "support/tasks.hpp"
#include "system/process_descriptor.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

namespace {

/// Whether the last error only says that the system cannot do it by descriptor.
bool is_unknown_to_system() {
    return errno == ENOSYS || errno == EINVAL || errno == EBADF;
}

/// The status of a child that has ended; nothing while it runs.
std::optional<int> collect(pid_t child) {
    int status = 0;
    pid_t found = 0;
    do found = ::waitpid(child, &status, WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found < 0) throw std::system_error(errno, std::generic_category(), "waitpid");
    return found == 0 ? std::nullopt : std::optional(status);
}

} // namespace

process::process(const asio::any_io_executor& executor, pid_t child)
    : descriptor_(executor), number_(child) {
    const int descriptor = process_descriptor::open(child);
    std::error_code unwatched;
    if (descriptor >= 0) descriptor_.assign(descriptor, unwatched);
    if (unwatched) ::close(descriptor);
}

asio::awaitable<int> process::wait() {
    std::optional<asio::signal_set> any_child;
    if (!descriptor_.is_open()) any_child.emplace(descriptor_.get_executor(), SIGCHLD);
    std::optional<int> status;
    while (!(status = collect(number_))) {
        if (any_child)
            co_await tasks::next(*any_child);
        else
            co_await descriptor_.async_wait(descriptor_.wait_read, asio::use_awaitable);
    }
    collected_ = true;
    signal_group(0);
    co_return *status;
}

bool process::signal(int signal) {
    const bool found = signal_group(signal);
    if (collected_) return found;
    // To be killed twice does no harm, and to look whether it has left takes time in which it can;
    // at first there is no group yet.
    const bool is_apart = !found || ::getpgid(number_) != number_;
    return ((is_apart || signal == SIGKILL) && signal_leader(signal)) || found;
}

/// Pre: its number is its own.
bool process::signal_leader(int signal) {
    if (process_descriptor::send(descriptor_.native_handle(), signal, false)) return true;
    return is_unknown_to_system() && ::kill(number_, signal) == 0;
}

bool process::signal_group(int signal) {
    if (group_gone_) return false;
    const bool sent = process_descriptor::send(descriptor_.native_handle(), signal, true) ||
                      (is_unknown_to_system() && ::kill(-number_, signal) == 0);
    const bool found = sent || errno == EPERM;
    group_gone_ = collected_ && !found;
    return found;
}
