// SPDX-License-Identifier: MIT
#include "chat/rate_limit.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <ostream>
#include <string>

namespace {

using chat::rate_limit;
using std::chrono::milliseconds;
using std::chrono::seconds;
using verdict = rate_limit::verdict;

/// A member that says as much as it can, and a clock that stands until told.
struct member {
    explicit member(double rate, bool slowed = true) : limit(rate, now, slowed) {}

    /// How many messages in a row have this verdict; the first one that has another is lost.
    int count(verdict expected, int most = 10'000) {
        int result = 0;
        while (result != most && limit.charge(now) == expected) ++result;
        return result;
    }

    rate_limit::clock::time_point now{};
    rate_limit limit;
};

} // namespace

namespace chat {
std::ostream& operator<<(std::ostream& out, rate_limit::verdict is) {
    return out << static_cast<int>(is);
}
} // namespace chat

TEST_CASE("a burst of twice the rate passes") {
    member it(20);
    for (int i = 0; i != 40; ++i) CHECK(it.limit.charge(it.now) == verdict::pass);
    CHECK(it.limit.charge(it.now) == verdict::slow);
}

TEST_CASE("who keeps to the rate is never slowed") {
    member it(20);
    it.count(verdict::pass, 40);
    for (int i = 0; i != 10'000; ++i) {
        it.now += milliseconds(50);
        CHECK(it.limit.charge(it.now) == verdict::pass);
    }
}

TEST_CASE("who says too much is slowed, then refused, then dropped") {
    member it(20);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::pass);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::slow);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::refuse);
    for (int i = 0; i != 3; ++i) REQUIRE(it.limit.charge(it.now) == verdict::drop);
}

TEST_CASE("a wait lasts until the next message is within the rate, and is bounded") {
    member it(20);
    it.count(verdict::pass, 40);
    CHECK(it.limit.wait() == seconds(0));
    CHECK(it.limit.charge(it.now) == verdict::slow);
    CHECK(it.limit.wait() == milliseconds(50));
    CHECK(it.limit.charge(it.now) == verdict::slow);
    CHECK(it.limit.wait() == milliseconds(100));
    member lazy(0.1);
    CHECK(lazy.limit.charge(lazy.now) == verdict::pass);
    CHECK(lazy.limit.charge(lazy.now) == verdict::slow);
    CHECK(lazy.limit.wait() == seconds(2));
}

TEST_CASE("a flooder that waits as it is told gets the rate and no more") {
    member it(20);
    int heard = 0;
    const auto start = it.now;
    while (true) {
        const verdict is = it.limit.charge(it.now);
        if (is != verdict::pass && is != verdict::slow) break;
        ++heard;
        it.now += it.limit.wait();
    }
    CHECK(heard == 80);
    CHECK(it.now - start == seconds(2));
}

TEST_CASE("who rests until the bucket is full is forgiven, and not before") {
    const auto rested = [](milliseconds rest) {
        member it(20);
        it.count(verdict::pass, 40);
        it.count(verdict::slow, 40); // owes 40 from here on
        it.count(verdict::refuse, 39);
        it.now += rest;
        return it;
    };
    member early = rested(milliseconds(3950));
    for (int i = 0; i != 39; ++i) REQUIRE(early.limit.charge(early.now) == verdict::pass);
    CHECK(early.limit.charge(early.now) == verdict::refuse);
    CHECK(early.limit.charge(early.now) == verdict::drop);

    member good = rested(milliseconds(4000));
    for (const verdict expected : {verdict::pass, verdict::slow, verdict::refuse})
        for (int i = 0; i != 40; ++i) REQUIRE(good.limit.charge(good.now) == expected);
    CHECK(good.limit.charge(good.now) == verdict::drop);
}

TEST_CASE("where reading cannot be slowed, too much is refused at once") {
    member it(20, false);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::pass);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::refuse);
    CHECK(it.limit.charge(it.now) == verdict::drop);
    it.now += seconds(2);
    for (int i = 0; i != 40; ++i) REQUIRE(it.limit.charge(it.now) == verdict::pass);
    CHECK(it.limit.charge(it.now) == verdict::refuse);
}

TEST_CASE("a rate of 0 is no limit") {
    member it(0);
    CHECK(it.count(verdict::pass) == 10'000);
    CHECK(it.limit.wait() == seconds(0));
}

TEST_CASE("below one message a second one passes at once") {
    member it(0.5);
    CHECK(it.limit.charge(it.now) == verdict::pass);
    CHECK(it.limit.charge(it.now) == verdict::slow);
    CHECK(it.limit.charge(it.now) == verdict::refuse);
    CHECK(it.limit.charge(it.now) == verdict::drop);
}

TEST_CASE("a bucket never holds more than the burst") {
    member it(20);
    it.now += std::chrono::hours(1000);
    CHECK(it.count(verdict::pass) == 40);
}

TEST_CASE("who comes again finds what it has said before") {
    chat::rate_limits limits(20);
    rate_limit::clock::time_point now{};
    int passed = 0;
    for (int life = 0; life < 100; ++life) {
        auto limit = limits.take("a", now);
        for (int i = 0; i < 38; ++i)
            if (limit.charge(now) == verdict::pass) ++passed;
    }
    CHECK(passed == 40);
    auto elsewhere = limits.take("b", now);
    CHECK(elsewhere.charge(now) == verdict::pass);
    now += seconds(10);
    auto later = limits.take("a", now);
    CHECK(later.charge(now) == verdict::pass);
}

TEST_CASE("who comes again before its end is noticed has said no more than by staying") {
    for (const bool slowed : {true, false}) {
        CAPTURE(slowed);
        chat::rate_limits limits(20, slowed);
        rate_limit::clock::time_point now{};
        std::deque<chat::rate_limits::taken> unnoticed;
        int passed = 0;
        for (; now < rate_limit::clock::time_point(seconds(6)); now += milliseconds(50)) {
            unnoticed.push_back(limits.take("a", now));
            verdict is = unnoticed.back().charge(now); // it joins
            while ((is = unnoticed.back().charge(now)) == verdict::pass) ++passed;
            if (is == verdict::slow) ++passed; // as soon as its wait is over
            if (unnoticed.size() > 40) unnoticed.pop_front();
        }
        CHECK(passed <= 40 + 6 * 20);
    }
}

TEST_CASE("who keeps to the rate is no burden for its neighbours") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    std::deque<chat::rate_limits::taken> neighbours;
    for (int n = 0; n != 100; ++n) {
        neighbours.push_back(limits.take("a", now));
        for (int i = 0; i != 40; ++i) REQUIRE(neighbours.back().charge(now) == verdict::pass);
    }
}

TEST_CASE("a neighbour of who says too much can come in, at once where nobody is slowed") {
    const rate_limit::clock::time_point now{};
    for (const bool slowed : {true, false}) {
        chat::rate_limits limits(20, slowed);
        auto flooder = limits.take("a", now);
        while (flooder.charge(now) != verdict::drop) {
        }
        auto neighbour = limits.take("a", now);
        CHECK(neighbour.charge(now) == (slowed ? verdict::slow : verdict::pass));
        CHECK(neighbour.wait() <= milliseconds(2000));
    }
}

TEST_CASE("neighbours that come at once wait for who says too much, and not for each other") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    auto flooder = limits.take("a", now);
    while (flooder.charge(now) != verdict::slow) {
    }
    std::deque<chat::rate_limits::taken> neighbours;
    for (int n = 0; n != 100; ++n) {
        neighbours.push_back(limits.take("a", now));
        CHECK(neighbours.back().charge(now) == verdict::slow);
        CHECK(neighbours.back().wait() == milliseconds(100));
    }
}

TEST_CASE("members of one network have a limit each, and the worst one left is the next one's") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    {
        auto quiet = limits.take("a", now);
        auto loud = limits.take("a", now);
        CHECK(quiet.charge(now) == verdict::pass);
        for (int i = 0; i != 40; ++i) CHECK(loud.charge(now) == verdict::pass);
    }
    auto next = limits.take("a", now);
    auto another = limits.take("a", now);
    CHECK(another.charge(now) == verdict::pass);
    CHECK(next.charge(now) != verdict::pass);
}

TEST_CASE("a neighbour of who was dropped is slowed down, and not dropped") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    {
        auto flooder = limits.take("a", now);
        while (flooder.charge(now) != verdict::drop) {
        }
    }
    auto neighbour = limits.take("a", now);
    CHECK(neighbour.charge(now) == verdict::slow);
    CHECK(neighbour.wait() <= seconds(2));
}

TEST_CASE("limits that are full again are forgotten, and those that never end none") {
    chat::rate_limits limits(1);
    rate_limit::clock::time_point now{};
    for (int i = 0; i < 10'000; ++i) {
        auto limit = limits.take(std::to_string(i), now);
        CHECK(limit.charge(now) == verdict::pass);
        now += milliseconds(10);
    }
    CHECK(limits.size() <= 1024);
    chat::rate_limits none(0);
    for (int i = 0; i < 10; ++i) CHECK(none.take("a", now).charge(now) == verdict::pass);
    CHECK(none.size() == 0);
}
