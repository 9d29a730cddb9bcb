// SPDX-License-Identifier: MIT
#include "framecat/dissector.hpp"

#include <framing/byte_view.hpp>
#include <framing/limits.hpp>

#include "framecat/recorder.hpp"
#include "framecat/selection.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using framecat_tests::recorder;
using framecat_tests::wire;

namespace {

/// What a sink is told of a stream that comes in pieces of one size.
recorder& dissect(recorder& sink, std::string_view stream, std::size_t piece) {
    framecat::dissector frames(framecat::wire_options(), sink);
    for (std::size_t at = 0; at < stream.size(); at += piece)
        frames.feed(framing::byte_view(stream.substr(at, piece)).bytes());
    frames.finish();
    return sink;
}

std::string told_of(std::string_view stream, std::size_t piece) {
    recorder sink;
    return dissect(sink, stream, piece).told;
}

/// The numbers of the frames that some conditions select.
std::string selected(const std::vector<std::string>& conditions) {
    const framecat::selection wanted(conditions);
    recorder sink;
    framecat::filter filter(wanted, sink);
    framecat::dissector frames(framecat::wire_options(), filter);
    std::string stream;
    for (const std::string_view header :
         {R"({"type":"said","id":5,"ok":true})", R"({"type":"s\u0061id","id":"5"})",
          R"({"id":5.0,"none":null})", R"({"nested":{"type":"said"}})"})
        stream += wire(header);
    frames.feed(framing::byte_view(stream).bytes());
    std::string numbers;
    for (std::size_t at = 0; at < sink.told.size(); at = sink.told.find('\n', at) + 1)
        numbers += sink.told[at];
    return numbers;
}

} // namespace

TEST_CASE("a stream is the same frames however it is cut") {
    const std::string stream = wire("{}") + wire(R"({"a":1})", "hello") + wire(R"({"b":"x"})");
    const std::string whole = "0@0 {} 0:;\n1@6 {\"body_size\":5,\"a\":1} 5:hello;\n"
                              "2@36 {\"b\":\"x\"} 0:;\n";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece)
        CHECK(told_of(stream, piece) == whole);
}

TEST_CASE("a broken stream is told once, with its first bytes") {
    const std::string stream = wire(R"({"a":1})") + "GET / HTTP/1.1\r\n";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        recorder sink;
        CHECK(dissect(sink, stream, piece).told == "0@0 {\"a\":1} 0:;\nheader_too_large@11\n");
        CHECK(std::string_view("GET / HTTP/1.1\r\n").starts_with(sink.opening));
        CHECK(sink.opening.size() >= 4);
    }
}

TEST_CASE("a stream that ends inside a frame is told with what there was of it") {
    const std::string frame = wire(R"({"a":1})", std::string(200, 'x'));
    recorder sink;
    dissect(sink, std::string_view(frame).substr(0, 100), 7);
    CHECK(sink.told.ends_with("truncated@0\n"));
    CHECK(frame.starts_with(sink.opening));
}

TEST_CASE("frames are selected by members at the top of their headers") {
    CHECK(selected({}) == "0123");
    CHECK(selected({"type=said"}) == "01");
    CHECK(selected({"id=5"}) == "01");
    CHECK(selected({"id=\"5\""}) == "1");
    CHECK(selected({"id=5.0"}) == "2");
    CHECK(selected({"ok=true"}) == "0");
    CHECK(selected({"none=null"}) == "2");
    CHECK(selected({"type=said", "ok=true"}) == "0");
    CHECK(selected({"missing="}) == "");
}

TEST_CASE("a condition that is none is refused") {
    for (const char* const text : {"type", "=said", ""})
        CHECK_THROWS_AS(framecat::selection({text}), std::invalid_argument);
}
