// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <functional>
#include <memory>

/// SIGINT and SIGTERM, as something to wait for beside others, which no write that takes long can
/// keep waiting. One that is ignored stays so.
///
/// As long as it lives they do nothing by themselves. At most one at a time.
class endings {
public:
    explicit endings(asio::io_context& io);
    endings(const endings&) = delete;
    endings& operator=(const endings&) = delete;
    ~endings();

    /// The next one is given to `action`.
    void at_next(std::function<void(int)> action);

    /// Waits until something can be written there, or one of them comes, or has come.
    /// Returns: whether it can be written.
    [[nodiscard]] bool wait_for_room(int number);

private:
    struct source;
    std::unique_ptr<source> source_;
    bool has_come_ = false;
};
