// SPDX-License-Identifier: MIT
#pragma once

#include "file/body.hpp"
#include "file/transfer.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

/// Holds a transfer to a rate, if it is to be held to one.
class pace {
public:
    explicit pace(const transfer_options& options) : rate_(options.rate.value_or(0)) {}

    /// How many bytes may pass at once: a tenth of a second's.
    [[nodiscard]] std::size_t most() const {
        if (rate_ == 0) return body::chunk_size;
        return std::clamp<std::size_t>(rate_ / 10, 1, body::chunk_size);
    }

    /// Waits until so many more bytes are within the rate.
    asio::awaitable<void> keep(std::size_t bytes) {
        if (rate_ == 0) co_return;
        const auto now = tasks::clock::now();
        const std::chrono::duration<double> cost(static_cast<double>(bytes) /
                                                 static_cast<double>(rate_));
        // What was late for a moment may be made up for.
        due_ = std::max(due_, now - std::chrono::milliseconds(100)) +
               std::chrono::duration_cast<tasks::clock::duration>(cost);
        if (due_ > now) co_await tasks::pause(due_ - now);
    }

private:
    std::size_t rate_; // bytes a second; 0: none
    tasks::clock::time_point due_{};
};
