// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

// The same bytes come to the same frames, the same error and the same offset, by every reader and
// however they are cut.
namespace {

using namespace std::string_literals;
using framing::errc;
using helpers::outcome;
using helpers::raw_frame;

constexpr framing::limits tight{.max_header_size = 64, .max_body_size = 16, .max_depth = 4};

/// A stream and what it comes to.
struct stream {
    const char* what;
    std::string wire;
    errc error{};
    std::uint64_t offset = 0; // of the bad frame
    std::size_t frames = 0;   // that are good before it
};

/// A frame of 51 bytes that every header type can read.
std::string good() {
    return raw_frame(R"({"type":"a","from":"b","seq":1,"body_size":2})", "hi");
}

/// A header that every type can read, with more in it.
std::string header_with(std::string_view member) {
    return R"({"type":"","from":"","seq":0,)" + std::string(member) + '}';
}

/// The header `{"":<value>}` alone in a stream.
stream member_value(const char* what, std::string_view value, errc error) {
    return {what, raw_frame(R"({"":)" + std::string(value) + '}'), error};
}

/// A header with this body_size alone in a stream; no body follows.
stream body_size(const char* what, std::string_view value, errc error) {
    return {what, raw_frame(header_with(R"("body_size":)" + std::string(value))), error};
}

std::vector<stream> streams() {
    const std::string longest = header_with(R"("x":")" + std::string(28, 'x') + '"');
    return {
        // good ones
        {"nothing", ""},
        {"one frame", good(), {}, 0, 1},
        {"three frames", good() + good() + good(), {}, 0, 3},
        {"a header of the limit", raw_frame(longest), {}, 0, 1},
        {"a body of the limit",
         raw_frame(header_with(R"("body_size":16)"), "0123456789abcdef"),
         {},
         0,
         1},
        {"nesting of the limit", raw_frame(header_with(R"("x":[[[]]])")), {}, 0, 1},
        {"nesting of the limit twice", raw_frame(header_with(R"("x":[[{}],[[]]])")), {}, 0, 1},
        {"an explicit body_size of 0", raw_frame(header_with(R"("body_size":0)")), {}, 0, 1},
        {"an escaped body_size", raw_frame(header_with(R"("body\u005fsize":2)"), "hi"), {}, 0, 1},
        {"a nested body_size", raw_frame(header_with(R"("x":{"body_size":-1})")), {}, 0, 1},
        {"white space around", raw_frame(" \t" + header_with(R"("x" : 1 )") + "\r\n"), {}, 0, 1},
        {"a body that looks like a frame",
         raw_frame(header_with(R"("body_size":6)"), "\0\0\0\2{}"s) + good(),
         {},
         0,
         2},

        // the end of the stream in each part
        {"one byte of length", "\0"s, errc::truncated},
        {"three bytes of length", good() + "\0\0\0"s, errc::truncated, 51, 1},
        {"a length alone", "\0\0\0\2"s, errc::truncated},
        {"a header without its last byte", good() + "\0\0\0\2{"s, errc::truncated, 51, 1},
        {"a longest header without its last byte", raw_frame(longest).substr(0, 67),
         errc::truncated},
        {"nothing of a body", good() + good().substr(0, 49), errc::truncated, 51, 1},
        {"a body without its last byte", good() + good() + good().substr(0, 50), errc::truncated,
         102, 2},

        // length
        {"a length of 0", "\0\0\0\0"s, errc::empty_header},
        {"a length of 0 before a good frame", good() + "\0\0\0\0"s + good(), errc::empty_header, 51,
         1},
        {"a length one past the limit", "\0\0\0\x41"s, errc::header_too_large},
        {"a header one past the limit", good() + raw_frame(longest + ' '), errc::header_too_large,
         51, 1},
        {"the sign bit of a length", "\x80\0\0\0"s, errc::header_too_large},
        {"the largest length", good() + good() + "\xff\xff\xff\xff"s, errc::header_too_large, 102,
         2},
        {"a little-endian peer", "\2\0\0\0{}"s, errc::header_too_large},
        {"HTTP", good() + "GET / HTTP/1.1\r\n", errc::header_too_large, 51, 1},
        {"TLS", "\x16\x03\x01\x02\0\x01"s, errc::header_too_large},
        {"SSH", "SSH-2.0-OpenSSH_9.2", errc::header_too_large},
        {"JSON without a length", R"({"type":"a"})", errc::header_too_large},

        // not one object
        {"no JSON", good() + raw_frame("x"), errc::invalid_header, 51, 1},
        {"white space alone", raw_frame(" "), errc::invalid_header},
        {"an array", raw_frame("[]"), errc::invalid_header},
        {"a null", raw_frame("null"), errc::invalid_header},
        {"a string", raw_frame(R"("{}")"), errc::invalid_header},
        {"an open brace", raw_frame("{"), errc::invalid_header},
        {"a second closing brace", good() + raw_frame("{}}"), errc::invalid_header, 51, 1},
        {"two objects", raw_frame("{} {}"), errc::invalid_header},
        {"a NUL after the object", raw_frame("{}\0"s), errc::invalid_header},
        {"a NUL before the object", raw_frame("\0{}"s), errc::invalid_header},
        {"a NUL that hides the rest", raw_frame("{}\0{\"body_size\":9}"s), errc::invalid_header},
        {"a byte order mark", raw_frame("\xef\xbb\xbf{}"), errc::invalid_header},
        {"a vertical tab", raw_frame("{}\v"), errc::invalid_header},

        // members
        {"a trailing comma", raw_frame(R"({"a":1,})"), errc::invalid_header},
        {"a leading comma", raw_frame(R"({,"a":1})"), errc::invalid_header},
        {"a key alone", raw_frame(R"({"a"})"), errc::invalid_header},
        {"a key without a value", raw_frame(R"({"a":})"), errc::invalid_header},
        {"a bare key", raw_frame("{a:1}"), errc::invalid_header},
        {"single quotes", raw_frame("{'a':1}"), errc::invalid_header},
        {"a comment", raw_frame("{/**/}"), errc::invalid_header},
        {"no comma", raw_frame(R"({"a":1 "b":2})"), errc::invalid_header},

        // values
        member_value("NaN", "NaN", errc::invalid_header),
        member_value("Infinity", "-Infinity", errc::invalid_header),
        member_value("a capital", "True", errc::invalid_header),
        member_value("a literal cut short", "tru", errc::invalid_header),
        member_value("a literal too long", "nulll", errc::invalid_header),
        member_value("a leading zero", "01", errc::invalid_header),
        member_value("a plus", "+1", errc::invalid_header),
        member_value("no integer part", ".5", errc::invalid_header),
        member_value("no fraction", "1.", errc::invalid_header),
        member_value("no exponent", "1e", errc::invalid_header),
        member_value("a sign alone", "-", errc::invalid_header),
        member_value("hexadecimal", "0x1", errc::invalid_header),
        member_value("brackets crossed", "[{]}", errc::invalid_header),
        member_value("a bracket left open", "[1", errc::invalid_header),
        member_value("a nested trailing comma", "[1,]", errc::invalid_header),
        {"a bracket that ends the text", raw_frame(R"({"":[1])"), errc::invalid_header},

        // strings
        {"a string left open", raw_frame(R"({"a":"b)"), errc::invalid_header},
        {"a string left open by an escape", raw_frame(R"({"a":"\"})"), errc::invalid_header},
        member_value("a raw NUL", "\"\0\""s, errc::invalid_header),
        member_value("a raw newline", "\"\n\"", errc::invalid_header),
        member_value("an unknown escape", R"("\x")", errc::invalid_header),
        member_value("bad hexadecimal", R"("\u12g4")", errc::invalid_header),
        member_value("a lone high surrogate", R"("\ud800")", errc::invalid_header),
        member_value("a lone low surrogate", R"("\udc00")", errc::invalid_header),
        member_value("a high surrogate before a letter", R"("\ud800\u0041")", errc::invalid_header),
        member_value("a lone continuation byte", "\"\x80\"", errc::invalid_header),
        member_value("an overlong slash", "\"\xc0\xaf\"", errc::invalid_header),
        member_value("an overlong form of three bytes", "\"\xe0\x9f\xbf\"", errc::invalid_header),
        member_value("a surrogate in UTF-8", "\"\xed\xa0\x80\"", errc::invalid_header),
        member_value("a code point above the last", "\"\xf4\x90\x80\x80\"", errc::invalid_header),
        member_value("0xff", "\"\xff\"", errc::invalid_header),
        member_value("a sequence cut short", "\"\xe2\x82\"", errc::invalid_header),

        // depth
        member_value("nesting one past the limit", "[[[[]]]]", errc::header_too_deep),
        member_value("objects one past the limit", R"({"":{"":{"":{}}}})", errc::header_too_deep),
        {"too deep before a good frame", good() + raw_frame(R"({"":[[[[]]]]})") + good(),
         errc::header_too_deep, 51, 1},
        {"too deep, and never closed", raw_frame(R"({"":[[[[)"), errc::header_too_deep},
        {"too deep first, then invalid", raw_frame(R"({"":[[[[x]]]]})"), errc::header_too_deep},
        {"invalid first, then too deep", raw_frame(R"({"":[x[[[[]]]]]})"), errc::invalid_header},

        // body_size
        body_size("a negative size", "-1", errc::invalid_body_size),
        body_size("a negative zero", "-0", errc::invalid_body_size),
        body_size("a fraction", "1.0", errc::invalid_body_size),
        body_size("an exponent", "1e1", errc::invalid_body_size),
        body_size("a size with a leading zero", "01", errc::invalid_header),
        body_size("a size in a string", R"("1")", errc::invalid_body_size),
        body_size("a size of null", "null", errc::invalid_body_size),
        body_size("a size of true", "true", errc::invalid_body_size),
        body_size("a size in an array", "[1]", errc::invalid_body_size),
        body_size("a size in an object", "{}", errc::invalid_body_size),
        body_size("2^64", "18446744073709551616", errc::invalid_body_size),
        body_size("a size of 20 nines", "99999999999999999999", errc::invalid_body_size),
        body_size("the size twice", R"(2,"body_size":2)", errc::invalid_body_size),
        body_size("the size twice, once in escapes", R"(2,"bod\u0079_size":2)",
                  errc::invalid_body_size),
        body_size("a bad size after a large one", R"(17,"body_size":0)", errc::invalid_body_size),
        body_size("a bad size, then invalid", "-1,", errc::invalid_header),
        body_size("a bad size, then too deep", R"(-1,"":[[[[]]]])", errc::header_too_deep),
        body_size("a size one past the limit", "17", errc::body_too_large),
        body_size("an escaped size past the limit", R"(0,"body\u005fsize":17)",
                  errc::invalid_body_size),
        body_size("2^64-1", "18446744073709551615", errc::body_too_large),
        {"a body one past the limit",
         good() + raw_frame(header_with(R"("body_size":17)"), "0123456789abcdefg"),
         errc::body_too_large, 51, 1},
        {"a large body that has not come",
         good() + good() + raw_frame(header_with(R"("body_size":4294967296)")),
         errc::body_too_large, 102, 2},
    };
}

template <class Header>
void check_cut(const std::string& wire, const std::vector<std::size_t>& cuts,
               const outcome& expected) {
    CAPTURE(cuts.size());
    CAPTURE((cuts.empty() ? 0 : cuts.front()));
    CHECK(helpers::by_feed<Header>(wire, cuts, tight) == expected);
    CHECK(helpers::by_prepare<Header>(wire, cuts, tight) == expected);
    CHECK(helpers::by_next<Header>(wire, cuts, tight) == expected);
    CHECK(helpers::by_head<Header>(wire, cuts, tight) == expected);
    CHECK(helpers::by_decoder<Header>(wire, cuts, tight) == expected);
}

template <class Header>
void check_every_cut(const std::string& wire, const outcome& expected) {
    constexpr std::size_t short_enough_for_pairs = 24;
    check_cut<Header>(wire, {}, expected);
    check_cut<Header>(wire, helpers::bytewise(wire.size()), expected);
    for (std::size_t first = 0; first <= wire.size(); ++first) {
        check_cut<Header>(wire, {first}, expected);
        if (wire.size() > short_enough_for_pairs) continue;
        for (std::size_t second = first; second <= wire.size(); ++second)
            check_cut<Header>(wire, {first, second}, expected);
    }
}

template <class Header>
void check_stream(const stream& s) {
    CAPTURE(s.what);
    const outcome whole = helpers::by_feed<Header>(s.wire, {}, tight);
    CHECK(whole.error == s.error);
    CHECK(whole.error.offset == s.offset);
    CHECK(whole.error.frame == (s.error == errc{} ? 0 : s.frames));
    CHECK(whole.frames.size() == s.frames);
    check_every_cut<Header>(s.wire, whole);
}

} // namespace

TEST_CASE_TEMPLATE("what a stream comes to does not depend on how it is cut", Header,
                   framing::header_view, nlohmann::json, nlohmann::ordered_json, chat) {
    for (const stream& s : streams()) check_stream<Header>(s);
}

TEST_CASE("a header that does not fit its type is a mismatch, however it is cut") {
    for (const char* header :
         {"{}", R"({"type":"a","from":"b"})", R"({"type":"a","from":"b","seq":-1})",
          R"({"type":"a","from":"b","seq":1.0})", R"({"type":1,"from":"b","seq":1})",
          R"({"type":"a","from":null,"seq":1})"})
        check_stream<chat>(
            {header, good() + raw_frame(header) + good(), errc::header_mismatch, 51, 1});

    // JSON's grammar allows the number; a double does not hold it.
    const stream huge{"1e400", good() + raw_frame(R"({"x":1e400})"), errc::header_mismatch, 51, 1};
    check_stream<nlohmann::json>(huge);
    check_stream<nlohmann::ordered_json>(huge);
    check_stream<framing::header_view>({"1e400", raw_frame(R"({"x":1e400})"), {}, 0, 1});
}

TEST_CASE("a body over the limit is said before a header that does not fit") {
    check_stream<chat>({"both", raw_frame(R"({"body_size":17})"), errc::body_too_large});
}

TEST_CASE_TEMPLATE("long streams survive random cuts", Header, framing::header_view, nlohmann::json,
                   nlohmann::ordered_json, chat) {
    constexpr std::uint64_t seed = 20240611;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<stream> table = streams();
    for (int i = 0; i < 300; ++i) {
        std::string wire;
        while (random() % 8 != 0) wire += good();
        wire += table[random() % table.size()].wire;
        CAPTURE(i);
        check_cut<Header>(wire, helpers::random_cuts(random, wire.size(), 12),
                          helpers::by_feed<Header>(wire, {}, tight));
    }
}

TEST_CASE("a good frame before a stream moves its error, and changes nothing else") {
    for (const stream& s : streams()) {
        CAPTURE(s.what);
        const outcome alone = helpers::by_feed<chat>(s.wire, {}, tight);
        outcome expected = helpers::by_feed<chat>(good(), {});
        expected.frames.insert(expected.frames.end(), alone.frames.begin(), alone.frames.end());
        expected.error = alone.error;
        if (alone.error) {
            expected.error.offset += good().size();
            expected.error.frame += 1;
        }
        check_cut<chat>(good() + s.wire, {}, expected);
    }
}

TEST_CASE("what follows an error changes nothing") {
    for (const stream& s : streams()) {
        if (s.error == errc{} || s.error == errc::truncated) continue;
        CAPTURE(s.what);
        const outcome expected = helpers::by_feed<chat>(s.wire, {}, tight);
        for (const std::string& more : {good(), "\0"s, std::string(1000, '{')})
            check_cut<chat>(s.wire + more, {s.wire.size()}, expected);
        check_cut<chat>(s.wire + good(), helpers::bytewise(s.wire.size() + good().size()),
                        expected);
    }
}
