// SPDX-License-Identifier: MIT
#include "support/disk.hpp"

#include "support/program.hpp"
#include "system/signals.hpp"

#include <unistd.h>

#include <deque>
#include <exception>
#include <iostream>
#include <mutex>
#include <utility>

disk::disk(const asio::any_io_executor& executor, std::size_t threads)
    : executor_(executor), changed_(executor) {
    // Signals are for the thread that knows what to do.
    signals::start_without([&] { threads_.emplace(threads); });
}

disk::~disk() {
    if (under_way_ == 0) return;
    std::cout.flush();
    ::_exit(program::done);
}

asio::awaitable<void> disk::run(std::function<void()> work) {
    queue once(*this);
    once.add([work = std::move(work)] {
        work();
        return true;
    });
    co_await once.finish();
}

asio::awaitable<void> disk::rest() {
    while (under_way_ != 0) co_await changed_.wait();
}

struct disk::queue::lane : std::enable_shared_from_this<lane> {
    explicit lane(disk& owner) : where(owner), changed(owner.executor_) {}

    void take_turn() {
        asio::post(*where.threads_, [self = shared_from_this()] { self->work(); });
    }

    void work() {
        std::exception_ptr error;
        try {
            if (!first()()) return take_turn();
        } catch (...) {
            error = std::current_exception();
        }
        std::deque<std::function<bool()>> done; // what it kept is given back before anybody goes on
        bool more = false;
        {
            const std::scoped_lock lock(mutex);
            if (error) {
                failed = true;
                done.swap(waiting);
            } else {
                done.push_back(std::move(waiting.front()));
                waiting.pop_front();
            }
            more = busy = !waiting.empty();
        }
        done.clear();
        asio::post(where.executor_,
                   [self = shared_from_this(), error, more] { self->end(error, more); });
        if (more) take_turn();
    }

    std::function<bool()>& first() {
        const std::scoped_lock lock(mutex);
        return waiting.front();
    }

    void end(const std::exception_ptr& error, bool more) {
        if (!more) {
            --where.under_way_;
            where.changed_.notify();
        }
        ++ended;
        if (error) failure = error;
        changed.notify();
    }

    disk& where;
    std::mutex mutex;
    std::deque<std::function<bool()>> waiting; // the first is done
    bool busy = false;                         // something is
    bool failed = false;
    // Of the loop alone.
    framing::net::condition changed;
    std::size_t ended = 0; // and not waited for
    std::exception_ptr failure;
};

disk::queue::queue(disk& where) : lane_(std::make_shared<lane>(where)) {}

disk::queue::~queue() {
    std::deque<std::function<bool()>> dropped;
    const std::scoped_lock lock(lane_->mutex);
    while (lane_->waiting.size() > 1) {
        dropped.push_back(std::move(lane_->waiting.back()));
        lane_->waiting.pop_back();
    }
}

void disk::queue::add(std::function<bool()> work) {
    const std::scoped_lock lock(lane_->mutex);
    if (lane_->failed) return;
    lane_->waiting.push_back(std::move(work));
    if (std::exchange(lane_->busy, true)) return;
    ++lane_->where.under_way_;
    lane_->take_turn();
}

asio::awaitable<void> disk::queue::finish() {
    const std::shared_ptr<lane> lasting = lane_;
    while (lasting->ended == 0 && !lasting->failure) co_await lasting->changed.wait();
    if (lasting->ended != 0) --lasting->ended;
    if (lasting->ended == 0 && lasting->failure) std::rethrow_exception(lasting->failure);
}
