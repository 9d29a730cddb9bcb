// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include <asio.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

/// Threads that wait for the disk, so that of the loop of an executor only who wants something of
/// it waits, too.
///
/// It is gone before the loop is that it reports to; where the disk still has not answered by then,
/// the program ends: nobody waits for a dead mount.
class disk {
public:
    /// Work that is done there, one piece after the other.
    class queue {
    public:
        explicit queue(disk& where);

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
        std::shared_ptr<state> state_;
    };

    disk(const asio::any_io_executor& executor, std::size_t threads);
    disk(const disk&) = delete;
    disk& operator=(const disk&) = delete;
    ~disk();

    /// Does one piece of work, which keeps alive what it uses. Throws: what it throws.
    asio::awaitable<void> run(std::function<void()> work);

    /// Waits until all work has ended.
    asio::awaitable<void> rest();

private:
    asio::any_io_executor executor_;
    framing::net::condition changed_;
    std::size_t under_way_ = 0; // pieces
    std::optional<asio::thread_pool> threads_;
};
