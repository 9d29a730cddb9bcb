// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace framing::inline v0::net::detail {

/// Something that has bytes which are to leave at the end of a turn.
class flushable {
public:
    virtual void flush_now() = 0;

protected:
    ~flushable() = default;
};

/// Connections on one executor whose bytes leave in one pass, before the executor's loop goes on:
/// who tells a crowd something costs the loop one turn.
class flush_group : public std::enable_shared_from_this<flush_group> {
public:
    explicit flush_group(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Throws: std::bad_alloc, and then it is not added.
    void add(std::weak_ptr<flushable> member) {
        waiting_.push_back(std::move(member));
        if (waiting_.size() != 1) return;
        try {
            asio::post(executor_, [self = shared_from_this()] { self->flush(); });
        } catch (...) {
            waiting_.pop_back();
            throw;
        }
    }

private:
    void flush() {
        leaving_.swap(waiting_);
        for (const auto& each : leaving_)
            if (const auto still_there = each.lock()) still_there->flush_now();
        leaving_.clear();
    }

    asio::any_io_executor executor_;
    // Not kept alive, as they keep the group: who has gone has been closed.
    std::vector<std::weak_ptr<flushable>> waiting_;
    std::vector<std::weak_ptr<flushable>> leaving_; // keeps its room
};

} // namespace framing::inline v0::net::detail
