// SPDX-License-Identifier: MIT
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using framing::errc;
using framing::header_view;
using helpers::raw_frame;

namespace {
framing::fault fault_within(std::string_view wire, const framing::limits& limits) {
    return helpers::by_feed<header_view>(wire, {}, limits).error;
}
} // namespace

TEST_CASE("the defaults are 64 KiB of header, 16 MiB of body and 64 levels") {
    constexpr framing::limits limits;
    CHECK(limits.max_header_size == 65'536);
    CHECK(limits.max_body_size == 16'777'216);
    CHECK(limits.max_depth == 64);
}

TEST_CASE("a limit of 0 means 0") {
    CHECK(fault_within(raw_frame("{}"), {.max_header_size = 0}) == errc::header_too_large);
    CHECK(fault_within(raw_frame("{}"), {.max_depth = 0}) == errc::header_too_deep);
    CHECK(fault_within(raw_frame(R"({"body_size":1})", "x"), {.max_body_size = 0}) ==
          errc::body_too_large);
    CHECK_FALSE(fault_within(raw_frame(R"({"body_size":0})"), {.max_body_size = 0}));
}

TEST_CASE("a size equal to its limit is taken, one more is refused") {
    const std::string wire = raw_frame(R"({"body_size":5})", "hello");
    CHECK_FALSE(fault_within(wire, {.max_header_size = 15, .max_body_size = 5, .max_depth = 1}));

    const framing::fault header = fault_within(wire, {.max_header_size = 14});
    CHECK(header == errc::header_too_large);
    CHECK(header.declared == 15);
    CHECK(header.limit == 14);

    const framing::fault body = fault_within(wire, {.max_body_size = 4});
    CHECK(body == errc::body_too_large);
    CHECK(body.declared == 5);
    CHECK(body.limit == 4);
}

TEST_CASE("the largest limits there are do not wrap") {
    constexpr framing::limits all{std::numeric_limits<std::size_t>::max(),
                                  std::numeric_limits<std::uint64_t>::max(),
                                  std::numeric_limits<std::size_t>::max()};
    CHECK_FALSE(fault_within(raw_frame(R"({"body_size":5})", "hello"), all));

    const framing::fault longest = fault_within("\xff\xff\xff\xff{}", all);
    CHECK(longest == errc::truncated);
    CHECK(longest.declared == 0xffffffff);
    CHECK(longest.position == 2);
}
