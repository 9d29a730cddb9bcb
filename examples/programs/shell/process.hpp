// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>
#include <sys/types.h>

/// A child of ours that leads a group of its own, or is about to. Where the system has process
/// descriptors it is held by one, so that nothing meant for it or for its group reaches another
/// that has got its number. Elsewhere the number is used until nobody was found there.
class process {
public:
    /// Takes over a child that was just forked.
    process(const asio::any_io_executor& executor, pid_t child);

    [[nodiscard]] pid_t number() const { return number_; }

    /// Waits until it has ended. Returns: its status, as of waitpid. To be called once.
    /// Throws: std::system_error where there is no such child, whose end is not known then.
    asio::awaitable<int> wait();

    /// Sends a signal to all of its group, and to itself if it has left that; 0 only looks.
    /// Returns: whether anybody is there.
    bool signal(int signal);

private:
    bool signal_leader(int signal);
    bool signal_group(int signal);

    asio::posix::stream_descriptor descriptor_; // closed where there are no process descriptors
    pid_t number_;
    bool collected_ = false;
    bool group_gone_ = false; // since then its number may be another group's
};
