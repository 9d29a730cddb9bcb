// SPDX-License-Identifier: MIT
#include "support/disk.hpp"

#include "support/program.hpp"

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <utility>

disk::disk(const asio::any_io_executor& executor, std::size_t threads)
    : executor_(executor), changed_(executor) {
    // Signals are for the thread that knows what to do.
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    ::pthread_sigmask(SIG_SETMASK, &every, &before);
    threads_.emplace(threads);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

disk::~disk() {
    if (under_way_ == 0) return;
    std::cout.flush();
    ::_exit(program::done);
}

asio::awaitable<void> disk::run(std::function<void()> work) {
    queue once(*this);
    once.start(std::move(work));
    co_await once.finish();
}

asio::awaitable<void> disk::rest() {
    while (under_way_ != 0) co_await changed_.wait();
}

disk::queue::queue(disk& where) : disk_(where), state_(std::make_shared<state>(where.executor_)) {}

void disk::queue::start(std::function<void()> work) {
    ++disk_.under_way_;
    state_->busy = true;
    asio::post(*disk_.threads_, [&disk = disk_, state = state_, work = std::move(work)]() mutable {
        std::exception_ptr failure;
        try {
            work();
        } catch (...) {
            failure = std::current_exception();
        }
        work = nullptr; // what it kept is given back before anybody goes on
        asio::post(disk.executor_, [&disk, state = std::move(state), failure] {
            --disk.under_way_;
            disk.changed_.notify();
            state->busy = false;
            state->failure = failure;
            state->changed.notify();
        });
    });
}

asio::awaitable<void> disk::queue::finish() {
    const std::shared_ptr<state> lasting = state_;
    while (lasting->busy) co_await lasting->changed.wait();
    if (const auto failure = std::exchange(lasting->failure, nullptr))
        std::rethrow_exception(failure);
}
