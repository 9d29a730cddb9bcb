// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

// Encoders of other formats, and what they make of headers that came by another one. What decoders
// do is in vectors.cpp.
namespace {

using framing::errc;
using framing::header_view;
using framing::formats::lesson;
using namespace std::string_literals;

/// A file of the lesson.
struct file {
    std::string name;
    std::optional<std::uint64_t> file_size;
};

/// What it may hold is no size in the lesson's format, but NaN is nothing in any.
struct measured {
    std::uint64_t body_size = 5;
    double value = std::numeric_limits<double>::quiet_NaN();
};

/// Names of all lengths: the first is compared whole, the last is longer than two words.
template <int Length>
struct named {
    static constexpr std::endian length_order = std::endian::big;
    static constexpr std::array<std::string_view, 2> size_keys{
        std::string_view("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn").substr(0, Length), "other"};
    static constexpr bool says_zero = false;
};

struct twice {
    static constexpr std::endian length_order = std::endian::big;
    static constexpr std::array<std::string_view, 2> size_keys{"size", "size"};
    static constexpr bool says_zero = false;
};
struct escaped : named<4> {
    static constexpr std::array<std::string_view, 1> size_keys{"a\"b"};
};

static_assert(framing::wire_format<framing::formats::standard> && framing::wire_format<lesson>);
static_assert(framing::wire_format<named<1>>);
static_assert(!framing::wire_format<twice> && !framing::wire_format<escaped>);
static_assert(!framing::wire_format<int>);

/// What `struct.pack('i', n)` gives for a header so long.
std::string lesson_frame(const std::string& header, const std::string& body = "") {
    std::string wire(framing::prefix_size, '\0');
    for (std::size_t i = 0; i < wire.size(); ++i)
        wire[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
    return wire + header + body;
}

template <class Format = lesson, class Header>
std::string framed(const Header& header, std::string_view body) {
    framing::encoder<Header, Format> encoder;
    std::string wire;
    CHECK(encoder.encode(header, body, wire) == std::error_code());
    return wire;
}

template <class Header>
errc refused(const Header& header, std::string_view body, std::string_view member = "") {
    framing::encoder<Header, lesson> encoder;
    std::string wire = "before";
    const std::error_code error = encoder.encode(header, body, wire);
    CHECK(wire == "before");
    CHECK(encoder.refused_member() == member);
    return static_cast<errc>(error.value());
}

header_view view_of(std::string_view text) {
    framing::fault why;
    return framing::header_view::parse(text, {}, why).value();
}

} // namespace

template <>
struct framing::header_traits<file>
    : framing::members<file, framing::member<"name", &file::name>,
                       framing::member<"file_size", &file::file_size>> {};

template <>
struct framing::header_traits<measured>
    : framing::members<measured, framing::member<"body_size", &measured::body_size>,
                       framing::member<"value", &measured::value>> {};

TEST_CASE("the lesson's frame has a little-endian length and says its size, also if it is 0") {
    CHECK(framed(nlohmann::json{{"a", 1}}, "hello") ==
          lesson_frame(R"({"data_size":5,"a":1})", "hello"));
    CHECK(framed(nlohmann::json(), "") == lesson_frame(R"({"data_size":0})"));
    CHECK(framed(view_of(" { \"a\":1}"), "") == lesson_frame(R"({"data_size":0,"a":1})"));
    CHECK(framed(header_view(), "hi") == lesson_frame(R"({"data_size":2})", "hi"));
    CHECK(framed(file{"a", {}}, "hi") == lesson_frame(R"({"data_size":2,"name":"a"})", "hi"));
}

TEST_CASE("a size that a header says under one of the lesson's names stays where it is") {
    const std::string text = R"({"name":"a","file_size":2})";
    CHECK(framed(file{"a", 2}, "hi") == lesson_frame(text, "hi"));
    CHECK(framed(view_of(text), "hi") == lesson_frame(text, "hi"));
    CHECK(framed(nlohmann::json{{"total_size", 0}}, "") == lesson_frame(R"({"total_size":0})"));
    CHECK(framed(view_of(R"({"\u0064ata_size":2})"), "hi") ==
          lesson_frame(R"({"\u0064ata_size":2})", "hi"));
    CHECK(framed(nlohmann::json{{"body_size", 7}}, "") ==
          lesson_frame(R"({"data_size":0,"body_size":7})"));
}

TEST_CASE("a size that is not the body's, or said twice, is refused by its name") {
    CHECK(refused(file{"a", 3}, "hi", "file_size") == errc::body_size_mismatch);
    CHECK(refused(nlohmann::json{{"total_size", "2"}}, "hi", "total_size") ==
          errc::body_size_mismatch);
    CHECK(refused(nlohmann::json{{"data_size", 2}, {"file_size", 2}}, "hi", "file_size") ==
          errc::body_size_mismatch);
    CHECK(refused(view_of(R"({"data_size":3})"), "hi") == errc::body_size_mismatch);
    CHECK(refused(view_of(R"({"data_size":-1})"), "") == errc::body_size_mismatch);
    CHECK(refused(nlohmann::json("no object"), "hi") == errc::invalid_header);
    CHECK(refused(measured(), "", "value") == errc::invalid_header);
}

TEST_CASE("an encoder of the lesson's format keeps to its limits") {
    framing::encoder<nlohmann::json, lesson> encoder({.max_header_size = 15});
    std::string wire;
    CHECK(encoder.encode({}, "", wire) == std::error_code());
    CHECK(encoder.encode({{"data_size", 1}}, "", wire) == errc::body_size_mismatch);
    CHECK(encoder.refused_member() == "data_size");
    CHECK(encoder.encode({}, "0123456789", wire) == errc::header_too_large);
    CHECK(encoder.refused_member().empty());
    CHECK(wire == lesson_frame(R"({"data_size":0})"));
}

TEST_CASE("a header that came by one format is sent on by the other with the size it needs") {
    const std::string text = R"({"file_size":2,"type":"x"})";
    const std::string old_wire = lesson_frame(text, "hi");
    framing::reassembler<header_view, lesson> old;
    std::string standard;
    for (const auto& frame : old.feed(old_wire)) {
        CHECK(frame.header.body_size() == 2);
        standard =
            framed<framing::formats::standard>(frame.header, frame.body.size() == 2 ? "hi" : "");
    }
    framing::reassembler<header_view> incoming;
    std::string back;
    for (const auto& frame : incoming.feed(standard)) {
        CHECK(frame.header.text() == R"({"body_size":2,"file_size":2,"type":"x"})");
        back = framed(frame.header, "hi");
    }
    CHECK(back == lesson_frame(R"({"body_size":2,"file_size":2,"type":"x"})", "hi"));
}

TEST_CASE("what the other format says of body_size is looked at before it is sent on") {
    const std::string wire = lesson_frame(R"({"body_size":-1})") +
                             lesson_frame(R"({"body_size":7,"data_size":0})") +
                             lesson_frame(R"({"body_size":2,"data_size":2})", "hi");
    framing::reassembler<header_view, lesson> old;
    framing::encoder<header_view> forward;
    std::string sent;
    std::string errors;
    for (const auto& frame : old.feed(wire))
        errors += forward.encode(frame.header, frame.text(), sent) == errc::body_size_mismatch
                      ? "mismatch "
                      : "sent ";
    CHECK(errors == "mismatch mismatch sent ");
    CHECK(sent == "\0\0\0\x1d{\"body_size\":2,\"data_size\":2}hi"s);
}

TEST_CASE_TEMPLATE("a format of one's own has names of any length", Format, named<1>, named<3>,
                   named<4>, named<12>, named<13>, named<30>) {
    const std::string key(Format::size_keys.front());
    const std::string wire = framed<Format>(nlohmann::json{{"a", 1}}, "hello");
    CHECK(wire.substr(framing::prefix_size) == "{\"" + key + "\":5,\"a\":1}hello");
    // A name that differs in one byte is another.
    for (std::size_t i = 0; i < key.size(); ++i) {
        CAPTURE(i);
        std::string other = wire;
        other[framing::prefix_size + 2 + i] = 'm';
        framing::reassembler<nlohmann::json, Format> incoming;
        std::string bodies;
        for (const auto& frame : incoming.feed(other)) bodies += frame.text();
        CHECK(bodies.empty());
    }
    framing::reassembler<nlohmann::json, Format> incoming;
    std::string bodies;
    for (const auto& frame : incoming.feed(wire)) bodies += frame.text();
    CHECK(bodies == "hello");
}

TEST_CASE("a fault of another format calls its size by name") {
    framing::fault why;
    const auto fault_of = [&](const std::string& header) {
        CHECK_FALSE((framing::decode_datagram<header_view, lesson>(lesson_frame(header), why,
                                                                   {.max_body_size = 10})));
        return why.message();
    };
    CHECK(fault_of(R"({"file_size":11})") ==
          "body_too_large: frame 0 at offset 0: file_size is 11, above the limit of 10");
    CHECK(fault_of(R"({"total_size":"1"})") == "invalid_body_size: frame 0 at offset 0: total_size "
                                               "is not one unsigned integer of 64 bits");
    CHECK(fault_of(R"({"data_size":11,})").starts_with("invalid_header: "));
    CHECK(why.member.empty());
}

TEST_CASE("who counts from the other end is told which format reads him") {
    const auto message = []<class Format>(Format, const std::string& wire) {
        framing::reassembler<header_view, Format> incoming;
        for (const auto& frame : incoming.feed(wire)) static_cast<void>(frame);
        return incoming.error().message();
    };
    CHECK(message(framing::formats::standard(), lesson_frame(R"({"data_size":0})")) ==
          "header_too_large: frame 0 at offset 0: the header length is 251658240, above the limit "
          "of 65536: 15 in little-endian order; the length is sent in network order, big-endian; "
          "the format `lesson` reads it");
    CHECK(message(lesson(), "\0\0\0\x02{}"s) ==
          "header_too_large: frame 0 at offset 0: the header length is 33554432, above the limit "
          "of 65536: 2 in network order, big-endian; in this format the length is little-endian; "
          "the format `standard` reads it");
    CHECK(message(lesson(), "GET / HTTP/1.1\r\n").ends_with("the bytes 47 45 54 20 are HTTP"));
}
