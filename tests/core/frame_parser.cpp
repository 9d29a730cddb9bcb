// SPDX-License-Identifier: MIT
#include <framing/detail/frames/frame_parser.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using framing::header_view;
using framing::detail::frame_parser;
using helpers::raw_frame;

namespace {

/// The bytes in an allocation of their own size, so that a sanitizer sees one read too far.
std::vector<std::byte> exactly(std::string_view bytes) {
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

/// What the look in one go sees, or 0 where it leaves the frame to the other.
template <class Header = header_view>
std::size_t seen_at_once(std::string_view bytes, const framing::limits& limits = {}) {
    const std::vector<std::byte> window = exactly(bytes);
    frame_parser parser(limits);
    Header header;
    return parser.look_whole(std::span(window), header, limits.max_body_size).size();
}

/// Whether both looks, the second behind the first as well as alone, say the same of `bytes`.
template <class Header>
bool looks_agree(std::string_view bytes) {
    const std::vector<std::byte> window = exactly(bytes);
    frame_parser plain({});
    Header wanted;
    const bool good = plain.look(std::span(window), wanted);

    frame_parser both({});
    Header header;
    const auto whole = both.look_whole(std::span(window), header, framing::limits{}.max_body_size);
    if (whole)
        return good && whole.head_size == plain.head_size() &&
               whole.body_size == plain.body_size() && whole.size() <= window.size();
    return both.look(std::span(window), header) == good &&
           both.error().message() == plain.error().message() && both.needed() == plain.needed() &&
           both.head_size() == plain.head_size();
}

const std::string_view flat_heads[] = {
    R"({})",
    R"({"body_size":0})",
    R"({"body_size":5})",
    R"({"type":"chat"})",
    R"({"body_size":5,"type":"chat"})",
    R"({"type":"chat","body_size":5})",
    R"({"body_size":5,"type":"chat","from":"alice","seq":17})",
    R"({"seq":17,"from":"a sender with a name that is longer than others","type":"chat","x":""})",
};

} // namespace

TEST_CASE("a whole frame with a flat header is seen in one go, one byte fewer is not") {
    for (const std::string_view text : flat_heads) {
        CAPTURE(text);
        const std::size_t body = text.find("_size\":5") != text.npos ? 5 : 0;
        const std::string wire = raw_frame(text, std::string(body, 'x'));
        CHECK(seen_at_once(wire) == wire.size());
        CHECK(seen_at_once(wire + wire) == wire.size());
        for (std::size_t size = 0; size < wire.size(); ++size)
            CHECK(seen_at_once(std::string_view(wire).substr(0, size)) == 0);
    }
}

TEST_CASE("whichever byte of a frame is replaced, both looks say the same") {
    for (const std::string_view text : flat_heads)
        for (std::size_t place = 0; place < text.size() + 4; ++place)
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string wire = raw_frame(text, "hello");
                wire[place] = static_cast<char>(byte);
                for (const std::string& bytes : {wire, wire + wire})
                    if (!looks_agree<header_view>(bytes) || !looks_agree<chat>(bytes))
                        FAIL_CHECK(byte, " at ", place, " of ", text);
            }
}

TEST_CASE("a frame whose body is still to come is known by its head") {
    const std::vector<std::byte> window = exactly(raw_frame(R"({"body_size":10})", "hello"));
    frame_parser parser({});
    header_view header;
    CHECK_FALSE(parser.look_whole(std::span(window), header, 10));
    CHECK(parser.has_head());
    CHECK(parser.head_size() == 20);
    CHECK(parser.needed() == 30);
    CHECK(header.body_size() == 10);

    const std::vector<std::byte> more = exactly(raw_frame(R"({"body_size":10})", "hello you!"));
    CHECK_FALSE(parser.look_whole(std::span(more), header, 10)); // it begins where it began
    CHECK(parser.look(std::span(more), header));
}

TEST_CASE("a body as large as any number says is needed whole") {
    const std::string wire = raw_frame(R"({"body_size":999999999999999999,"type":"x"})");
    const std::vector<std::byte> window = exactly(wire);
    frame_parser parser({});
    header_view header;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    CHECK_FALSE(parser.look_whole(std::span(window), header, most));
    CHECK(parser.needed() == 999'999'999'999'999'999 + wire.size());
}

TEST_CASE("in one go nothing is seen that a limit forbids") {
    const std::string wire = raw_frame(R"({"body_size":5})", "hello");
    CHECK(seen_at_once(wire, {.max_header_size = 15}) == wire.size());
    CHECK(seen_at_once(wire, {.max_header_size = 14}) == 0);
    CHECK(seen_at_once(wire, {.max_depth = 1}) == wire.size());
    CHECK(seen_at_once(wire, {.max_depth = 0}) == 0);
    CHECK(seen_at_once(wire, {.max_body_size = 5}) == wire.size());
    CHECK(seen_at_once(wire, {.max_body_size = 4}) == 0);
    frame_parser parser({.max_header_size = 14});
    parser.set_bounds({.max_header_size = 15});
    header_view header;
    const std::vector<std::byte> window = exactly(wire);
    CHECK(parser.look_whole(std::span(window), header, 5).size() == wire.size());
}

TEST_CASE("a header that does not fit its type is left to the other look") {
    CHECK(seen_at_once<chat>(raw_frame(R"({"type":"chat","from":"a","seq":1})")) != 0);
    CHECK(seen_at_once<chat>(raw_frame(R"({"type":"chat","from":"a"})")) == 0);
    CHECK(seen_at_once<chat>(raw_frame(R"({"type":"chat","from":"a","seq":"1"})")) == 0);
}

TEST_CASE("after an error nothing is seen in one go") {
    frame_parser parser({});
    header_view header;
    const std::vector<std::byte> bad = exactly(std::string_view("\0\0\0\0", 4));
    CHECK_FALSE(parser.look(std::span(bad), header));
    REQUIRE(parser.error());
    const std::vector<std::byte> good = exactly(raw_frame("{}"));
    CHECK_FALSE(parser.look_whole(std::span(good), header, 0));
}

TEST_CASE("a header that is not flat, or whose body_size is none, is left to the other look") {
    for (const std::string_view text :
         {R"({ })", R"({"a": 1})", R"({"a":-1})", R"({"a":[]})", R"({"a":"\n"})", R"({"a":true})",
          R"({"body_size":"5"})", R"({"body_size":0,"body_size":0})"}) {
        CAPTURE(text);
        CHECK(seen_at_once(raw_frame(text)) == 0);
        CHECK(looks_agree<header_view>(raw_frame(text)));
    }
}
