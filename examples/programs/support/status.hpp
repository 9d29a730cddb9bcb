// SPDX-License-Identifier: MIT
#pragma once

#include "support/command_line.hpp"
#include "support/statistics.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <cstddef>
#include <functional>
#include <string>

/// What a server says of itself while it runs: a line of statistics in the log at each SIGUSR1 and
/// at the end, and metrics to who asks.
class status {
public:
    struct options {
        double interval = 0; // seconds between lines, too; 0: none
        std::string metrics; // where; empty: nowhere
        bool to_others = false;
    };

    static void add_options(command_line& line, options& options);

    /// `update`: brings what is counted up to date, and says how many are connected.
    /// Throws: std::invalid_argument where metrics cannot be served there.
    status(asio::io_context& io, const options& wanted, std::function<std::size_t()> update);
    status(const status&) = delete;
    status& operator=(const status&) = delete;

    void log() const;

private:
    void log_each(tasks::clock::duration interval);

    std::function<std::size_t()> update_;
    asio::signal_set signals_;
    tasks::alarm next_;
};
