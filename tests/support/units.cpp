// SPDX-License-Identifier: MIT
#include "support/units.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

std::string without(std::string text, const units::table& table) {
    const std::string wrong = units::take_away(text, table);
    return wrong.empty() ? text : wrong;
}

} // namespace

TEST_CASE("a number with a unit becomes one without, and others stay as they are") {
    CHECK(without("64K", units::of_bytes()) == "65536");
    CHECK(without("1.5M", units::of_bytes()) == "1572864");
    CHECK(without("500ms", units::of_seconds()) == "0.5");
    CHECK(without("2d", units::of_seconds()) == "172800");
    for (const char* const plain : {"7", "", "K", "x1", "1e-400"})
        CHECK(without(plain, units::of_bytes()) == plain);
    CHECK(without("1k", units::of_bytes()) == "1k has a unit that is unknown");
    CHECK(without("1m", units::of_bytes()) == "1m has a unit that is unknown");
}

TEST_CASE("a number is written with the largest unit of which it is a whole number") {
    CHECK(units::written(65536, units::of_bytes()) == "64K");
    CHECK(units::written(1024 * 1024 + 1024, units::of_bytes()) == "1025K");
    CHECK(units::written(1000, units::of_bytes()) == "1000");
    CHECK(units::written(0, units::of_seconds()) == "0");
    CHECK(units::written(90, units::of_seconds()) == "90s");
    CHECK(units::written(0.25, units::of_seconds()) == "250ms");
    CHECK(units::written(86400, units::of_seconds()) == "1d");
}

TEST_CASE("only a number that is too small to be told from 0 vanishes") {
    CHECK(units::vanishes("1e-400"));
    for (const char* const other : {"0", "0.0", "1e-300", "x", ""})
        CHECK_FALSE(units::vanishes(other));
}
