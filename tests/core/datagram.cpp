// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/datagram.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/nlohmann.hpp>
#include <framing/wire.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace {

using namespace std::string_literals;
using framing::errc;
using framing::frame_part;
using helpers::raw_frame;

constexpr framing::limits few_bytes{.max_header_size = 32, .max_body_size = 8, .max_depth = 4};

framing::fault why_not(framing::byte_view datagram) {
    framing::fault why;
    CHECK_FALSE(framing::decode_datagram<framing::header_view>(datagram, why, few_bytes));
    return why;
}

} // namespace

TEST_CASE_TEMPLATE("a datagram is one frame, its body a view of the datagram", Header,
                   framing::header_view, nlohmann::json, nlohmann::ordered_json, chat) {
    const std::string wire = raw_frame(R"({"type":"a","from":"b","seq":1,"body_size":2})", "hi");
    framing::fault why{.code = errc::truncated};
    const auto frame = framing::decode_datagram<Header>(wire, why);
    REQUIRE(frame);
    CHECK_FALSE(why); // that of the datagram before is gone
    CHECK(frame->text() == "hi");
    CHECK(frame->text().data() == wire.data() + wire.size() - 2);
}

TEST_CASE("a datagram's header_view is a view of the datagram") {
    const std::string wire = raw_frame(R"({"body_size":1})", "x");
    framing::fault why;
    const auto frame = framing::decode_datagram<framing::header_view>(wire, why);
    REQUIRE(frame);
    CHECK(frame->header.text().data() == wire.data() + framing::prefix_size);
    CHECK(frame->header.body_size() == 1);
}

TEST_CASE("a datagram cut anywhere is truncated, and says where") {
    const std::string wire = raw_frame(R"({"body_size":5})", "hello");
    for (std::size_t cut = 0; cut < wire.size(); ++cut) {
        CAPTURE(cut);
        const helpers::pieces pieces(wire, {cut});
        const framing::fault why = why_not(pieces.all().front());
        CHECK(why == errc::truncated);
        CHECK(why.part == (cut < 4    ? frame_part::length
                           : cut < 19 ? frame_part::header
                                      : frame_part::body));
        CHECK(why.declared == (cut < 4 ? 4 : cut < 19 ? 15 : 5));
        CHECK(why.position == (cut < 4 ? cut : cut < 19 ? cut - 4 : cut - 19));
        CHECK(why.offset == 0);
        CHECK(why.frame == 0);
    }
}

TEST_CASE("a datagram with more than its frame is refused, with both sizes") {
    for (const std::string& frame : {raw_frame("{}"), raw_frame(R"({"body_size":2})", "hi")})
        for (const std::string& more : {"\0"s, raw_frame("{}"), "  "s}) {
            const framing::fault why = why_not(frame + more);
            CHECK(why == errc::trailing_data);
            CHECK(why.declared == frame.size());
            CHECK(why.position == frame.size() + more.size());
            CHECK(why.message() == "trailing_data: frame 0 at offset 0: the datagram holds " +
                                       std::to_string(frame.size() + more.size()) +
                                       " bytes, its frame only " + std::to_string(frame.size()));
        }
}

TEST_CASE("a datagram has every fault of a stream") {
    CHECK(why_not("\0\0\0\0"s) == errc::empty_header);
    CHECK(why_not("\0\0\0\x21"s) == errc::header_too_large);
    CHECK(why_not("GET / HTTP/1.1") == errc::header_too_large);
    CHECK(why_not(raw_frame("[]")) == errc::invalid_header);
    CHECK(why_not(raw_frame(R"({"":[[[[]]]]})")) == errc::header_too_deep);
    CHECK(why_not(raw_frame(R"({"body_size":-1})")) == errc::invalid_body_size);
    CHECK(why_not(raw_frame(R"({"body_size":9})", "123456789")) == errc::body_too_large);
}

TEST_CASE("a fault of the text is said before one of the datagram's size") {
    CHECK(why_not("\0\0\0\0 more"s) == errc::empty_header);
    CHECK(why_not(raw_frame("[]", "more")) == errc::invalid_header);
    CHECK(why_not(raw_frame(R"({"body_size":9})")) == errc::body_too_large);
    framing::fault why;
    CHECK_FALSE(framing::decode_datagram<chat>(raw_frame("{}", "more"), why));
    CHECK(why == errc::header_mismatch);
}

TEST_CASE("datagrams at every limit are good") {
    framing::fault why;
    const std::string header = R"({"":[[[]]],"body_size":8)" + std::string(7, ' ') + '}';
    REQUIRE(header.size() == few_bytes.max_header_size);
    CHECK(framing::decode_datagram<framing::header_view>(raw_frame(header, "12345678"), why,
                                                         few_bytes));
    CHECK_FALSE(why);
}

TEST_CASE("a size that no memory holds is truncated or too large, and never wraps") {
    constexpr framing::limits unlimited{.max_body_size = std::numeric_limits<std::uint64_t>::max()};
    framing::fault why;
    // 19 bytes of head and 2^64 - 19 of body would wrap to nothing.
    for (const char* size :
         {"18446744073709551615", "18446744073709551597", "9223372036854775808"}) {
        const std::string wire = raw_frame(R"({"body_size":)" + std::string(size) + '}');
        CHECK_FALSE(framing::decode_datagram<framing::header_view>(wire, why, unlimited));
        CHECK(why == errc::truncated);
        CHECK(std::to_string(why.declared) == size);
    }
}

TEST_CASE("a bad datagram says nothing about the next") {
    framing::fault why = why_not("x");
    CHECK(framing::decode_datagram(raw_frame("{}"), why));
    CHECK_FALSE(why);
}
