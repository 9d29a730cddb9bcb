// SPDX-License-Identifier: MIT
#include <framing/liveness.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;
using framing::deadlines;
using framing::due;
using framing::liveness;
using time_point = liveness::time_point;

const time_point start = time_point(1000h);
const deadlines none{0s, 0s, 0s, 0s, 0s};

deadlines only(deadlines::duration deadlines::*which, deadlines::duration time) {
    deadlines result = none;
    result.*which = time;
    return result;
}

/// Just before its time nothing is due, then this is, and the time is foretold.
void check_due(liveness alive, time_point when, due what) {
    CHECK(alive.next_check() == when);
    CHECK(alive.check(when - 1ns) == due::nothing);
    CHECK(alive.check(when) == what);
}

void check_never(liveness alive) {
    CHECK(alive.next_check() == liveness::never);
    CHECK(alive.check(start + 1'000'000h) == due::nothing);
}

} // namespace

TEST_CASE("without deadlines nothing is ever due") {
    liveness alive(none, start);
    alive.listens(true, start);
    alive.queued(start);
    check_never(alive);
}

TEST_CASE("a time that cannot be reached is never") {
    for (const auto each : {&deadlines::authentication, &deadlines::frame, &deadlines::silence,
                            &deadlines::write_stall, &deadlines::heartbeat}) {
        liveness alive(only(each, deadlines::duration::max()), start);
        alive.listens(true, start);
        alive.queued(start);
        check_never(alive);
    }
}

TEST_CASE("authentication is counted from the start, whatever comes") {
    liveness alive(only(&deadlines::authentication, 20s), start);
    check_due(alive, start + 20s, due::authentication);
    alive.listens(false, start + 1s);
    alive.received(start + 19s);
    alive.sent(false, start + 19s);
    check_due(alive, start + 20s, due::authentication);
    alive.authenticated();
    check_never(alive);
}

TEST_CASE("a frame is counted from its first byte, whatever dribbles in") {
    liveness alive(only(&deadlines::frame, 30s), start);
    alive.listens(false, start);
    check_never(alive);
    for (auto now = start + 5s; now < start + 30s; now += 1s) {
        alive.received(now);
        alive.listens(true, now);
    }
    check_due(alive, start + 35s, due::frame);

    alive.rests(); // it is whole, and its receiver takes his time
    check_never(alive);
    alive.listens(true, start + 100s); // the next one
    check_due(alive, start + 130s, due::frame);
    alive.listens(false, start + 101s);
    check_never(alive);
}

TEST_CASE("any byte ends a silence") {
    liveness alive(only(&deadlines::silence, 300s), start);
    alive.listens(false, start);
    check_due(alive, start + 300s, due::silence);
    alive.received(start + 299s);
    alive.listens(true, start + 299s);
    check_due(alive, start + 599s, due::silence);
}

TEST_CASE("who does not listen cannot complain of silence") {
    liveness alive(only(&deadlines::silence, 300s), start);
    check_never(alive);
    alive.listens(false, start + 10s);
    alive.rests();
    check_never(alive);
    alive.listens(false, start + 1000s);
    check_due(alive, start + 1300s, due::silence);
}

TEST_CASE("a write stalls when nothing leaves of what is queued") {
    liveness alive(only(&deadlines::write_stall, 30s), start);
    check_never(alive);
    alive.queued(start + 5s);
    alive.queued(start + 15s);
    check_due(alive, start + 35s, due::write_stall);
    alive.sent(true, start + 34s);
    check_due(alive, start + 64s, due::write_stall);
    alive.sent(false, start + 63s);
    check_never(alive);
    alive.queued(start + 70s);
    check_due(alive, start + 100s, due::write_stall);
}

TEST_CASE("a heartbeat is due when nothing else was sent, once in its time") {
    liveness alive(only(&deadlines::heartbeat, 60s), start);
    check_due(alive, start + 60s, due::heartbeat);
    alive.sent(false, start + 50s);
    check_due(alive, start + 110s, due::heartbeat);
    CHECK(alive.check(start + 110s) == due::heartbeat);
    CHECK(alive.check(start + 111s) == due::nothing);
    check_due(alive, start + 170s, due::heartbeat);
    alive.queued(start + 120s); // which says as much
    check_never(alive);
    alive.sent(false, start + 130s);
    check_due(alive, start + 190s, due::heartbeat);
}

TEST_CASE("what ends the connection goes before a heartbeat, and the earliest is foretold") {
    liveness alive(
        {.authentication = 50s, .frame = 40s, .silence = 30s, .write_stall = 20s, .heartbeat = 10s},
        start);
    alive.listens(true, start);
    CHECK(alive.next_check() == start + 10s);
    CHECK(alive.check(start + 10s) == due::heartbeat);
    CHECK(alive.check(start + 30s) == due::silence);
    alive.queued(start + 10s);
    CHECK(alive.next_check() == start + 30s);
    CHECK(alive.check(start + 30s) == due::write_stall);
    CHECK(alive.check(start + 40s) == due::frame);
    CHECK(alive.check(start + 50s) == due::authentication);
}
