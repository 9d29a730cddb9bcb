// SPDX-License-Identifier: MIT
#include "chat/rate_limit.hpp"

#include <doctest/doctest.h>

#include <chrono>
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
        rate_limit limit = limits.take("a", now);
        for (int i = 0; i < 38; ++i)
            if (limit.charge(now) == verdict::pass) ++passed;
        limits.give_back("a", limit, now);
    }
    CHECK(passed == 40);
    rate_limit elsewhere = limits.take("b", now);
    CHECK(elsewhere.charge(now) == verdict::pass);
    now += seconds(10);
    rate_limit later = limits.take("a", now);
    CHECK(later.charge(now) == verdict::pass);
}

TEST_CASE("members of one network have a limit each, and the worst one left is the next one's") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    rate_limit quiet = limits.take("a", now);
    rate_limit loud = limits.take("a", now);
    CHECK(quiet.charge(now) == verdict::pass);
    while (loud.charge(now) == verdict::pass) {
    }
    limits.give_back("a", quiet, now);
    limits.give_back("a", loud, now);
    rate_limit next = limits.take("a", now);
    CHECK(next.charge(now) != verdict::pass);
    rate_limit another = limits.take("a", now);
    CHECK(another.charge(now) == verdict::pass);
}

TEST_CASE("a neighbour of who was dropped is slowed down, and not dropped") {
    chat::rate_limits limits(20);
    const rate_limit::clock::time_point now{};
    rate_limit flooder = limits.take("a", now);
    while (flooder.charge(now) != verdict::drop) {
    }
    limits.give_back("a", flooder, now);
    rate_limit neighbour = limits.take("a", now);
    CHECK(neighbour.charge(now) == verdict::slow);
    CHECK(neighbour.wait() <= seconds(2));
}

TEST_CASE("limits that are full again are forgotten, and those that never end none") {
    chat::rate_limits limits(1);
    rate_limit::clock::time_point now{};
    for (int i = 0; i < 10'000; ++i) {
        const std::string network = std::to_string(i);
        rate_limit limit = limits.take(network, now);
        CHECK(limit.charge(now) == verdict::pass);
        limits.give_back(network, limit, now);
        now += milliseconds(10);
    }
    CHECK(limits.size() <= 1024);
    chat::rate_limits none(0);
    for (int i = 0; i < 10; ++i) none.give_back("a", none.take("a", now), now);
    CHECK(none.size() == 0);
}
