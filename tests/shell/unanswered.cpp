// SPDX-License-Identifier: MIT
#include "shell/unanswered.hpp"

#include <doctest/doctest.h>

#include <chrono>

using advice = unanswered::advice;
using std::chrono::milliseconds;

namespace {

/// What comes of interrupts that begin there, a number of them so far apart.
advice last_of(unanswered& row, int start, int count, int apart) {
    advice result = advice::wait;
    for (int i = 0; i < count; ++i)
        result = row.interrupted(unanswered::time(milliseconds(start + i * apart)));
    return result;
}

} // namespace

TEST_CASE("interrupts are asked about after a second without an answer, and then leave") {
    unanswered row;
    CHECK(last_of(row, 5000, 6, 200) == advice::wait);
    CHECK(last_of(row, 6200, 1, 0) == advice::ask);
    CHECK(last_of(row, 6400, 1, 0) == advice::leave);
}

TEST_CASE("any number of interrupts within a second is waited for") {
    unanswered row;
    CHECK(last_of(row, 0, 1001, 1) == advice::wait);
}

TEST_CASE("an answer, or a while without an interrupt, begins anew") {
    unanswered row;
    CHECK(last_of(row, 0, 7, 200) == advice::ask);
    row.answered();
    CHECK(last_of(row, 1300, 6, 200) == advice::wait);
    CHECK(last_of(row, 2500, 1, 0) == advice::ask);
    CHECK(last_of(row, 3501, 6, 200) == advice::wait);
    CHECK(last_of(row, 4700, 2, 200) == advice::leave);
}
