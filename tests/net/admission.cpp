// SPDX-License-Identifier: MIT
#include <framing/net/detail/admission.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using framing::net::detail::admission;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ticket = admission::ticket;

constexpr milliseconds grace{500};

/// An admission, and who is in.
class house {
public:
    explicit house(admission::limits limits, std::uint32_t seed = 1)
        : decides_(
              [&] {
                  limits.grace = grace;
                  return limits;
              }(),
              seed) {}

    void pass(milliseconds time) { now_ += time; }

    /// Returns: the ticket of who came in.
    std::optional<ticket> enter(const std::string& network = "a") {
        const admission::decision decision = decides_.enter(network, now_);
        if (decision.dropped) {
            CHECK(inside_.erase(*decision.dropped) == 1);
            CHECK(decision.admitted);
        }
        if (decision.admitted) inside_.insert(*decision.admitted);
        return decision.admitted;
    }
    void leave(ticket who) {
        decides_.leave(who, now_);
        inside_.erase(who);
    }
    ticket known(const std::string& network = "a") {
        const ticket who = enter(network).value();
        decides_.authenticated(who);
        return who;
    }

    [[nodiscard]] bool has(ticket who) const { return inside_.contains(who); }
    [[nodiscard]] std::size_t size() const { return inside_.size(); }
    [[nodiscard]] const admission& decides() const { return decides_; }

private:
    admission decides_;
    admission::time_point now_{seconds(1'000'000)};
    std::set<ticket> inside_;
};

} // namespace

TEST_CASE("nobody is kept out without a limit") {
    house all({});
    for (int i = 0; i < 5000; ++i) CHECK(all.enter());
    CHECK(all.size() == 5000);
}

TEST_CASE("who has authenticated makes room for nobody") {
    for (const admission::limits limits :
         {admission::limits{.connections = 3}, admission::limits{.per_network = 3}}) {
        house all(limits);
        std::vector<ticket> members;
        for (int i = 0; i < 3; ++i) members.push_back(all.known());
        all.pass(seconds(100));
        CHECK(!all.enter());
        for (const ticket each : members) {
            CHECK(all.has(each));
            CHECK(all.decides().is_authenticated(each));
        }
        all.leave(members.front());
        CHECK(all.enter());
    }
}

TEST_CASE("a stranger has its time before it makes room") {
    for (const admission::limits limits :
         {admission::limits{.connections = 1}, admission::limits{.per_network = 1},
          admission::limits{.unauthenticated = 1}}) {
        house all(limits);
        const ticket first = all.enter().value();
        all.pass(grace - milliseconds(1));
        CHECK(!all.enter());
        CHECK(all.has(first));
        all.pass(milliseconds(1));
        CHECK(all.enter());
        CHECK(!all.has(first));
    }
}

TEST_CASE("only a limit of its own network makes a stranger go for a neighbour") {
    house all({.per_network = 2});
    const ticket one = all.enter("a").value();
    const ticket other = all.enter("b").value();
    const ticket known = all.known("a");
    all.pass(grace);
    CHECK(all.enter("a"));
    CHECK(!all.has(one));
    CHECK(all.has(other));
    CHECK(all.has(known));
}

TEST_CASE("what has no network has no limit of its own") {
    house all({.per_network = 2});
    for (int i = 0; i < 10; ++i) CHECK(all.enter(""));
}

TEST_CASE("one network that fills the house makes room for others at once") {
    for (const admission::limits limits :
         {admission::limits{.connections = 50}, admission::limits{.unauthenticated = 50}}) {
        house all(limits);
        const ticket early = all.enter("early").value();
        for (int i = 0; i < 1000; ++i) all.enter("crowd");
        CHECK(all.size() == 50);
        for (int i = 0; i < 20; ++i) {
            const auto guest = all.enter("guest " + std::to_string(i));
            REQUIRE(guest);
            for (int j = 0; j < 100; ++j) all.enter("crowd");
            CHECK(all.has(*guest));
        }
        CHECK(all.has(early));
    }
}

TEST_CASE("in a crowd from everywhere each has a chance") {
    // 100 come in a second, and who is right needs 200 ms.
    std::size_t let_in = 0;
    constexpr std::uint32_t trials = 50;
    for (std::uint32_t trial = 0; trial < trials; ++trial) {
        house all({.unauthenticated = 40}, trial + 1);
        int number = 0;
        const auto come = [&](int count) {
            for (int i = 0; i < count; ++i) {
                all.enter(std::to_string(++number));
                all.pass(milliseconds(10));
            }
        };
        come(200);
        const auto guest = all.enter("guest");
        come(20);
        if (guest && all.has(*guest)) ++let_in;
    }
    CHECK(let_in > trials / 2);
}

TEST_CASE("any stranger may be the one who goes") {
    std::set<std::size_t> gone;
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        house all({.unauthenticated = 5}, seed);
        std::vector<ticket> strangers;
        for (int i = 0; i < 5; ++i) strangers.push_back(all.enter().value());
        all.pass(grace);
        CHECK(all.enter());
        for (std::size_t i = 0; i < strangers.size(); ++i)
            if (!all.has(strangers[i])) gone.insert(i);
    }
    CHECK(gone.size() == 5);
}

TEST_CASE("a network that fails comes after one that is new, until that is forgotten") {
    house all({.unauthenticated = 4});
    for (int i = 0; i < 8; ++i) all.leave(all.enter("guesser").value());
    const ticket guesser = all.enter("guesser").value();
    std::vector<ticket> others;
    for (const char* const network : {"b", "c", "d"}) others.push_back(all.enter(network).value());
    all.pass(grace);
    CHECK(all.enter("e")); // for whom the guesser goes, and nobody else
    CHECK(!all.has(guesser));
    for (const ticket each : others) CHECK(all.has(each));
    CHECK(!all.enter("guesser"));
    all.pass(seconds(30 * 5));
    CHECK(all.enter("guesser"));
}

TEST_CASE("who makes room has not failed") {
    std::set<std::string> gone;
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        house all({.per_network = 1, .unauthenticated = 2}, seed);
        const ticket quiet = all.enter("quiet").value();
        std::optional<ticket> last;
        for (int i = 0; i < 20; ++i) {
            last = all.enter("pushed out often");
            all.pass(grace);
        }
        CHECK(all.enter("new"));
        gone.insert(all.has(quiet) ? "pushed out often" : "quiet");
        CHECK(all.has(*last) != all.has(quiet));
    }
    CHECK(gone.size() == 2);
}

TEST_CASE("who has left twice has left once") {
    house all({.unauthenticated = 1});
    const ticket first = all.enter().value();
    all.pass(grace);
    const ticket second = all.enter().value();
    all.leave(first);
    CHECK(!all.enter());
    CHECK(all.has(second));
    CHECK(!all.decides().is_authenticated(first));
}
