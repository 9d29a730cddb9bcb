// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include <asio.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

/// Threads that wait for the disk, so that only who wants something of it waits, too.
///
/// It is gone before the loop is that it reports to; where the disk still has not answered by then,
/// the program ends: nobody waits for a dead mount.
class disk {
public:
    /// Work that is done there, one piece after the other.
    class queue {
    public:
        queue(disk& where, const asio::any_io_executor& executor);

        /// Begins a piece of work. It has to keep alive what it uses: we may be gone before it
        /// ends. Pre: the last one has ended.
        void start(std::function<void()> work);

        [[nodiscard]] bool busy() const { return state_->busy; }

        /// Waits until it has ended. Throws: what it threw, once.
        asio::awaitable<void> finish();

    private:
        struct state {
            explicit state(const asio::any_io_executor& executor) : changed(executor) {}

            bool busy = false;
            std::exception_ptr failure;
            framing::net::condition changed;
        };

        disk& disk_;
        asio::any_io_executor executor_;
        std::shared_ptr<state> state_;
    };

    explicit disk(std::size_t threads);
    disk(const disk&) = delete;
    disk& operator=(const disk&) = delete;
    ~disk();

    /// Does one piece of work, which keeps alive what it uses. Throws: what it throws.
    asio::awaitable<void> run(std::function<void()> work);

private:
    std::size_t under_way_ = 0; // pieces
    std::optional<asio::thread_pool> threads_;
};
