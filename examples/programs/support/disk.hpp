// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include <asio.hpp>

#include <cstddef>
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
    /// Work that is done there in turn, while who wants it does something else.
    class queue {
    public:
        explicit queue(disk& where);
        queue(const queue&) = delete;
        queue& operator=(const queue&) = delete;
        /// What has not begun never does.
        ~queue();

        /// Adds work, which is called again, beside other work of the disk, until it says that it
        /// is complete. It has to keep alive what it uses: we may be gone before it ends. Nothing
        /// is done behind work that has failed.
        void add(std::function<bool()> work);

        /// Waits until the first has ended of what was added and not waited for.
        /// Throws: what it threw.
        asio::awaitable<void> finish();

    private:
        struct lane;

        std::shared_ptr<lane> lane_;
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
    std::size_t under_way_ = 0; // queues that have work
    std::optional<asio::thread_pool> threads_;
};
