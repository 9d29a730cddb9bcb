// SPDX-License-Identifier: MIT
#pragma once

#include "support/connection.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <chrono>
#include <functional>
#include <memory>

/// While it lives, a client that nobody reads from is looked after: where it has gone, its
/// connection is aborted. One that has only ended its sending side has not gone.
class lookout {
public:
    /// `wake`: called when the client has gone, and now and then, for who waits to look again.
    lookout(connection& client, std::function<void()> wake);
    lookout(const lookout&) = delete;
    lookout& operator=(const lookout&) = delete;
    ~lookout();

private:
    static constexpr std::chrono::milliseconds probe_interval{500};

    void probe();
    void wait_for_break();

    connection& client_;
    std::shared_ptr<std::function<void()>> wake_;
    tasks::alarm next_probe_;
    asio::cancellation_signal over_;
};
