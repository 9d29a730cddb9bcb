// SPDX-License-Identifier: MIT
#include "support/disk.hpp"

#include "../helpers/event_loop.hpp"

#include <asio.hpp>
#include <doctest/doctest.h>

#include <latch>
#include <stdexcept>
#include <string>

using helpers::loop;

TEST_CASE("work of a queue is done in turn, each piece until it is complete") {
    loop io;
    disk there(io.executor(), 2);
    io.run([&]() -> asio::awaitable<void> {
        disk::queue work(there);
        std::string done;
        const auto add = [&](char name, int steps) {
            work.add([&done, name, steps]() mutable {
                done += name;
                return --steps == 0;
            });
        };
        add('a', 3);
        add('b', 1);
        add('c', 2);
        for (int i = 0; i < 3; ++i) co_await work.finish();
        CHECK(done == "aaabcc");
        add('d', 1);
        co_await work.finish();
        CHECK(done == "aaabccd");
    });
}

TEST_CASE("queues do not wait for each other") {
    loop io;
    disk there(io.executor(), 2);
    io.run([&]() -> asio::awaitable<void> {
        disk::queue slow(there);
        disk::queue other(there);
        std::latch end(1);
        slow.add([&] {
            end.wait();
            return true;
        });
        other.add([] { return true; });
        co_await other.finish();
        end.count_down();
        co_await slow.finish();
    });
}

TEST_CASE("what work has thrown comes after all before it, and nothing behind it is done") {
    loop io;
    disk there(io.executor(), 1);
    io.run([&]() -> asio::awaitable<void> {
        disk::queue work(there);
        std::string done;
        work.add([&] { return done += 'a', true; });
        work.add([]() -> bool { throw std::runtime_error("no room"); });
        work.add([&] { return done += 'c', true; });
        co_await work.finish();
        for (int i = 0; i < 2; ++i) {
            std::string why;
            try {
                co_await work.finish();
            } catch (const std::runtime_error& error) {
                why = error.what();
            }
            CHECK(why == "no room");
            work.add([&] { return done += 'd', true; });
        }
        co_await there.rest();
        CHECK(done == "a");
    });
}

TEST_CASE("what has not begun when its queue goes is never done") {
    loop io;
    disk there(io.executor(), 1);
    io.run([&]() -> asio::awaitable<void> {
        std::string done;
        std::latch begun(1);
        std::latch end(1);
        {
            disk::queue work(there);
            work.add([&] {
                begun.count_down();
                end.wait();
                return done += 'a', true;
            });
            work.add([&] { return done += 'b', true; });
            begun.wait();
        }
        end.count_down();
        co_await there.rest();
        CHECK(done == "a");
    });
}
