// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/checked_view.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory_resource>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using framing::encoder;
using framing::errc;
using framing::header_view;
using helpers::raw_frame;
using helpers::view;
using nlohmann::json;
using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(framing::byte_container<std::string>);
static_assert(framing::byte_container<std::pmr::vector<unsigned char>>);
static_assert(!framing::byte_container<std::string_view>);
static_assert(!framing::byte_container<std::vector<int>>);
static_assert(!framing::byte_container<std::list<char>>);

namespace {

/// The frame that a fresh encoder makes.
template <class Header>
std::string encoded(const Header& header, std::string_view body = {},
                    const framing::limits& limits = {}) {
    std::string wire;
    const std::error_code error = encoder<Header>(limits).encode(header, body, wire);
    CAPTURE(error.message());
    CHECK_FALSE(error);
    return wire;
}
template <class Header>
std::string encoded_header(const Header& header) {
    return encoded(header).substr(framing::prefix_size);
}

/// Why a header is refused, by both ways to send it.
template <class Header>
std::error_code refusal(const Header& header, std::string_view body = {},
                        const framing::limits& limits = {}) {
    std::string wire = "before";
    encoder<Header> refusing(limits);
    const std::error_code error = refusing.encode(header, body, wire);
    CHECK(refusing.encode_head(header, body.size(), wire) == error);
    CHECK(wire == "before");
    return error;
}

/// A tree that nests up to `depth` deep.
json random_tree(std::mt19937& random, int depth) {
    const auto text = [&] {
        constexpr std::string_view parts[] = {"a",
                                              "\"",
                                              "\\",
                                              "/",
                                              "\n",
                                              "\x01"sv,
                                              "\0"sv,
                                              "\x7f",
                                              "\xc3\xa9",
                                              "\xe2\x82\xac",
                                              "\xf0\x9f\x98\x80",
                                              "{",
                                              "]"};
        std::string result;
        for (auto size = random() % 20; size != 0; --size)
            result += parts[random() % std::size(parts)];
        return result;
    };
    switch (random() % (depth > 0 ? 9u : 7u)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return random();
    case 3: return static_cast<std::int64_t>(random());
    case 4: return static_cast<double>(random() % 2000) / 8 - 100;
    case 5:
        return std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 1800) - 950);
    case 6: return text();
    case 7: {
        json array = json::array();
        for (auto size = random() % 5; size != 0; --size)
            array.push_back(random_tree(random, depth - 1));
        return array;
    }
    default: {
        json object = json::object();
        for (auto size = random() % 5; size != 0; --size)
            object[text()] = random_tree(random, depth - 1);
        return object;
    }
    }
}

json nested(std::size_t depth) {
    json tree = json::object();
    while (--depth != 0) tree = json{{"k", std::move(tree)}};
    return tree;
}

} // namespace

TEST_CASE("a checked header gets its body_size whatever white space is in it") {
    for (const std::string text : {"{}", " {} ", "{ }\n", "\t{ \"a\" : 1 } "}) {
        CAPTURE(text);
        framing::fault why;
        const auto header = framing::header_view::parse(text, {}, why);
        REQUIRE(header.has_value());
        framing::encoder<framing::header_view> encoder;
        std::string wire;
        REQUIRE_FALSE(encoder.encode(*header, "hello", wire));
        framing::reassembler<> incoming;
        std::size_t frames = 0;
        for (const auto& frame : incoming.feed(wire)) {
            CHECK(frame.text() == "hello");
            CHECK(frame.header.at("body_size") == 5);
            CHECK(frame.header.contains("a") == (text.find('a') != text.npos));
            ++frames;
        }
        CHECK(frames == 1);
        CHECK_FALSE(incoming.error());
    }
}

TEST_CASE("the smallest frame is an empty object and no body") {
    CHECK(encoded(json::object()) == "\0\0\0\x02{}"sv);
    CHECK(encoded(header_view()) == "\0\0\0\x02{}"sv);
    CHECK(encoded(std::map<std::string, int>()) == "\0\0\0\x02{}"sv);
}

TEST_CASE("a frame is the one that wire.hpp pictures") {
    CHECK(encoded(json::object(), "hello") == "\0\0\0\x0f{\"body_size\":5}hello"sv);
}

TEST_CASE("a body of any size follows its header, whichever way that is sent") {
    for (std::size_t size = 0; size <= 300; ++size) {
        CAPTURE(size);
        const std::string body(size, 'b');
        const std::string header =
            size == 0 ? "{}" : R"({"body_size":)" + std::to_string(size) + '}';
        CHECK(encoded(json::object(), body) == raw_frame(header, body));
        CHECK(encoded(view("{}"), body) == raw_frame(header, body));
    }
}

TEST_CASE("body_size stands first, and is left out when it is 0") {
    CHECK(encoded(json{{"a", 1}}, "hello") == raw_frame(R"({"body_size":5,"a":1})", "hello"));
    CHECK(encoded(chat{"t", "f", 1}, "hello") ==
          raw_frame(R"({"body_size":5,"type":"t","from":"f","seq":1})", "hello"));
    CHECK(encoded(view(R"({"a":1})"), "hello") == raw_frame(R"({"body_size":5,"a":1})", "hello"));
    CHECK(encoded(json{{"a", 1}}) == raw_frame(R"({"a":1})"));
    CHECK(encoded(json{{"body_size", 0}, {"a", 1}}) == raw_frame(R"({"a":1})"));
}

TEST_CASE("encode_head leaves the body to the caller, however large it is") {
    std::string wire;
    CHECK_FALSE(encoder<>().encode_head(json::object(), 18446744073709551615u, wire));
    CHECK(wire == raw_frame(R"({"body_size":18446744073709551615})"));

    std::string whole;
    encoder<> sender;
    CHECK_FALSE(sender.encode({{"a", 1}}, "hello", whole));
    wire.clear();
    CHECK_FALSE(sender.encode_head({{"a", 1}}, 5, wire));
    CHECK(wire + "hello" == whole);
}

TEST_CASE("a header may hold its own body_size if it is that of the body") {
    const std::string wanted = raw_frame(R"({"body_size":5,"a":1})", "hello");
    CHECK(encoded(json{{"a", 1}, {"body_size", 5}}, "hello") == wanted);
    CHECK(encoded(json{{"a", 1}, {"body_size", 5u}}, "hello") == wanted);
    CHECK(encoded(nlohmann::ordered_json{{"a", 1}, {"body_size", 5}}, "hello") == wanted);
    for (const json& wrong : {json(4), json(6), json(0), json(-5), json(5.0), json("5"), json(),
                              json(true), json::array({5}), json::object()}) {
        CAPTURE(wrong);
        CHECK(refusal(json{{"body_size", wrong}}, "hello") == errc::body_size_mismatch);
    }
    CHECK(refusal(json{{"body_size", 5}}) == errc::body_size_mismatch);
    CHECK(refusal(json{{"body_size", -1}}) == errc::body_size_mismatch);
    std::string wire;
    CHECK(encoder<>().encode_head(json{{"body_size", -1}}, ~std::uint64_t{0}, wire) ==
          errc::body_size_mismatch);
}

TEST_CASE("a body_size below the top level is a member like any other") {
    CHECK(encoded(json{{"a", {{"body_size", 7}}}}) == raw_frame(R"({"a":{"body_size":7}})"));
    CHECK(encoded(json{{"a", {json{{"body_size", "x"}}}}}, "hi") ==
          raw_frame(R"({"body_size":2,"a":[{"body_size":"x"}]})", "hi"));
}

TEST_CASE("checked text is sent as it is but for a body_size it does not say yet") {
    const struct {
        std::string_view text;
        std::string_view with_body_of_5;
    } rows[] = {
        {"{}", R"({"body_size":5})"},
        {"{ \n}", R"({"body_size":5})"
                  ""},
        {"{ }", R"({"body_size":5})"},
        {" \r\n\t{}", R"({"body_size":5})"},
        {R"({"a":1})", R"({"body_size":5,"a":1})"},
        {"  { \n\"a\" : {} }", R"({"body_size":5,"a" : {} })"},
        {R"({"{":"}"} )", R"({"body_size":5,"{":"}"} )"},
        {R"({"a":{"body_size":7}})", R"({"body_size":5,"a":{"body_size":7}})"},
        {R"({"a":1e400,"a":2})", R"({"body_size":5,"a":1e400,"a":2})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(encoded(view(row.text)) == raw_frame(row.text));
        CHECK(encoded(view(row.text), "hello") == raw_frame(row.with_body_of_5, "hello"));
    }
    for (const auto text : {R"({"a":1, "body_size": 5})", R"({"body\u005fsize":5})"})
        CHECK(encoded(view(text), "hello") == raw_frame(text, "hello"));
    CHECK(encoded(view(R"({"body_size":0})")) == raw_frame(R"({"body_size":0})"));
    CHECK(refusal(view(R"({"body_size":5})")) == errc::body_size_mismatch);
    CHECK(refusal(view(R"({"body_size":0})"), "x") == errc::body_size_mismatch);
}

TEST_CASE_TEMPLATE("a frame is appended to any container of bytes", Out, std::string,
                   std::vector<std::byte>, std::vector<char>, std::vector<unsigned char>,
                   std::vector<signed char>, std::u8string, std::pmr::string,
                   std::pmr::vector<std::byte>) {
    Out out(3, typename Out::value_type{});
    encoder<> sender;
    CHECK_FALSE(sender.encode({{"a", 1}}, "hello", out));
    CHECK_FALSE(sender.encode({{"b", 2}}, "", out));
    const std::string wanted =
        "\0\0\0"s + raw_frame(R"({"body_size":5,"a":1})", "hello") + raw_frame(R"({"b":2})");
    CHECK(framing::as_text(std::as_bytes(std::span(out))) == wanted);
}

TEST_CASE("a null json is an empty header") {
    std::string out;
    encoder<> sender;
    CHECK_FALSE(sender.encode({}, "hello", out));
    CHECK_FALSE(sender.encode(json(), "", out));
    CHECK_FALSE(sender.encode_head({}, 0, out));
    CHECK(out == raw_frame(R"({"body_size":5})", "hello") + raw_frame("{}") + raw_frame("{}"));
    CHECK(sender.encode(json{{"a", json()}}, "", out) == std::error_code());
    CHECK(out.ends_with(R"({"a":null})"));
}

TEST_CASE_TEMPLATE("a frame is written into memory of the caller's, or not at all", Header, json,
                   framing::header_view) {
    const std::string wanted = raw_frame(R"({"body_size":5})", "hello");
    encoder<Header> sender;
    for (std::size_t size = 0; size < wanted.size() + 3; ++size) {
        std::string block(size, '#');
        std::size_t used = 99;
        const std::error_code error =
            sender.encode_to(Header(), "hello", std::as_writable_bytes(std::span(block)), used);
        CHECK(used == wanted.size());
        if (size < wanted.size()) {
            CHECK(error == std::errc::no_buffer_space);
            CHECK(block == std::string(size, '#'));
        } else {
            CHECK_FALSE(error);
            CHECK(block == wanted + std::string(size - wanted.size(), '#'));
        }
    }
    encoder<Header> narrow({.max_header_size = 5});
    std::byte block[100];
    std::size_t used = 99;
    CHECK(narrow.encode_to(Header(), "hello", block, used) == errc::header_too_large);
    CHECK(used == 0);
    CHECK_FALSE(narrow.encode_to(Header(), "", block, used));
    CHECK(used == 6);
}

TEST_CASE("what is no object is no header") {
    for (const json& value : {json(1), json("x"), json(true), json(1.5), json::array({1}),
                              json::binary({1, 2}), json(json::value_t::discarded)}) {
        CAPTURE(static_cast<int>(value.type()));
        CHECK(refusal(value) == errc::invalid_header);
    }
    CHECK(refusal(json{{"a", json::binary({1, 2})}}) == errc::invalid_header);
    CHECK(refusal(json{{"a", json(json::value_t::discarded)}}) == errc::invalid_header);
    json deep = json::array();
    for (std::size_t depth = 0; depth != framing::limits().max_depth; ++depth)
        deep = json::array({deep});
    CHECK(refusal(deep) == errc::invalid_header); // and not because of its depth
}

TEST_CASE("text that is not strict UTF-8 is refused in keys and in values, at every level") {
    for (const std::string bad :
         {"\xff", "a\x80", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        CAPTURE(bad);
        CHECK(refusal(json{{"k", bad}}) == errc::invalid_header);
        CHECK(refusal(json{{bad, 1}}) == errc::invalid_header);
        CHECK(refusal(json{{"k", {json{{"m", {1, bad}}}}}}) == errc::invalid_header);
        CHECK(refusal(json{{"k", {{bad, 1}}}}) == errc::invalid_header);
        CHECK(refusal(json{{"k", std::string(100, 'x') + bad + std::string(100, 'x')}}) ==
              errc::invalid_header);
    }
}

TEST_CASE("a number that JSON has no form for is refused") {
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL}) {
        CHECK(refusal(json{{"k", value}}) == errc::invalid_header);
        CHECK(refusal(json{{"k", {1, {value}}}}) == errc::invalid_header);
    }
}

TEST_CASE("a header as deep as the limit is sent, one deeper is refused") {
    for (const std::size_t limit : {1u, 2u, 64u, 1024u}) {
        CAPTURE(limit);
        const framing::limits limits{.max_depth = limit};
        const std::string wire = encoded(nested(limit), "x", limits);
        CHECK_FALSE(helpers::by_feed<header_view>(wire, {}, limits).error);
        CHECK(refusal(nested(limit + 1), "x", limits) == errc::header_too_deep);

        const std::string text = nested(limit).dump();
        const std::string deeper = nested(limit + 1).dump();
        CHECK_FALSE(encoded(view(text), "x", limits).empty());
        if (limit < 1024) CHECK(refusal(view(deeper), "x", limits) == errc::header_too_deep);
    }
    CHECK(refusal(json::object(), "", {.max_depth = 0}) == errc::header_too_deep);
    CHECK(refusal(header_view(), "", {.max_depth = 0}) == errc::header_too_deep);
    CHECK(refusal(chat(), "", {.max_depth = 0}) == errc::header_too_deep);
    CHECK(refusal(nested(1025), "", {.max_depth = 5000}) == errc::header_too_deep);
    CHECK(refusal(json{{"k", {1, {2, {3}}}}}, "", {.max_depth = 3}) == errc::header_too_deep);
}

TEST_CASE("a header as large as the limit is sent, one byte more is refused") {
    for (const std::string_view body : {"", "hello"}) {
        const json header{{"k", std::string(200, 'x')}};
        const std::size_t size = encoded(header, body).size() - framing::prefix_size - body.size();
        const framing::limits exact{.max_header_size = size};
        CHECK_FALSE(helpers::by_feed<json>(encoded(header, body, exact), {}, exact).error);
        CHECK(refusal(header, body, {.max_header_size = size - 1}) == errc::header_too_large);
        const std::string text = header.dump();
        CHECK_FALSE(encoded(view(text), body, exact).empty());
        CHECK(refusal(view(text), body, {.max_header_size = size - 1}) == errc::header_too_large);
    }
    CHECK(refusal(json::object(), "", {.max_header_size = 0}) == errc::header_too_large);
}

TEST_CASE("of several errors the first one is told") {
    CHECK(refusal(json{{"a", "\xff"}, {"b", nested(9)}}, "", {.max_depth = 3}) ==
          errc::invalid_header);
    CHECK(refusal(json{{"a", nested(9)}, {"b", "\xff"}}, "", {.max_depth = 3}) ==
          errc::header_too_deep);
    CHECK(refusal(json{{"a", "\xff"}, {"body_size", 9}}) == errc::invalid_header);
}

TEST_CASE("a header that is longer than its length can say is refused, whatever the limit") {
    const framing::limits unlimited{.max_header_size = std::numeric_limits<std::size_t>::max()};
    // No byte behind the first two is looked at.
    const header_view longest =
        framing::detail::header_view_access::make({"{}", 0xffffffff}, {{}, 1, false, 0});
    std::string wire;
    CHECK(encoder<header_view>(unlimited).encode(longest, "x", wire) == errc::header_too_large);
    CHECK(wire.empty());
}

TEST_CASE("a header that a stream brought can be sent on, bare or not") {
    const std::string bare = raw_frame(R"({"body_size":5})", "hello");
    for (const std::string& wire : {bare + bare, raw_frame(R"({"a":1,"body_size":5})", "hello")}) {
        framing::reassembler<header_view> incoming;
        std::string sent;
        for (const auto& frame : incoming.feed(wire)) {
            CHECK_FALSE(encoder<header_view>().encode(frame.header, frame.text(), sent));
            CHECK(refusal(frame.header, "hell") == errc::body_size_mismatch);
            CHECK(refusal(frame.header, "hello", {.max_depth = 0}) == errc::header_too_deep);
        }
        CHECK(sent == wire);
    }
}

TEST_CASE("an encoder goes on after each error as if there had been none") {
    encoder<> sender({.max_header_size = 100, .max_depth = 3});
    for (const json& bad :
         {json(1), json{{"k", "\xff"}}, json{{"k", {{1, {2}}}}}, nested(9), json{{"body_size", 9}},
          json{{"k", std::string(100, 'x')}}, json{{"k", HUGE_VAL}}}) {
        std::string wire;
        CHECK(sender.encode(bad, "", wire));
        CHECK(wire.empty());
        CHECK_FALSE(sender.encode({{"a", {{"b", 1}}}}, "hi", wire));
        CHECK(wire == raw_frame(R"({"body_size":2,"a":{"b":1}})", "hi"));
    }
}

TEST_CASE("the kinds of numbers survive the wire") {
    const auto text_of = [](const json& value) {
        const std::string header = encoded_header(json{{"k", value}});
        return header.substr(5, header.size() - 6);
    };
    CHECK(text_of(1.0) == "1.0");
    CHECK(text_of(-0.0) == "-0.0");
    CHECK(text_of(0.1) == "0.1");
    CHECK(text_of(1e300) == "1e+300");
    CHECK(text_of(18446744073709551615u) == "18446744073709551615");
    CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    for (const double number :
         {0.0, -0.0, 1.0, -1.0, 100000.0, 1e15, 1e16, 123456789012345680.0, 1e21, 1e22, 0.1,
          1.0 / 3, 1e-7, 1e300, 5e-324, std::numeric_limits<double>::min(),
          std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()}) {
        CAPTURE(number);
        const json back = json::parse(text_of(number));
        CHECK(back.is_number_float());
        CHECK(back.get<double>() == number);
        CHECK(std::signbit(back.get<double>()) == std::signbit(number));
    }
}

TEST_CASE("every character below U+0080 is escaped if and only if it has to be") {
    constexpr std::string_view escapes[] = {
        R"(\u0000)", R"(\u0001)", R"(\u0002)", R"(\u0003)", R"(\u0004)", R"(\u0005)", R"(\u0006)",
        R"(\u0007)", R"(\b)",     R"(\t)",     R"(\n)",     R"(\u000b)", R"(\f)",     R"(\r)",
        R"(\u000e)", R"(\u000f)", R"(\u0010)", R"(\u0011)", R"(\u0012)", R"(\u0013)", R"(\u0014)",
        R"(\u0015)", R"(\u0016)", R"(\u0017)", R"(\u0018)", R"(\u0019)", R"(\u001a)", R"(\u001b)",
        R"(\u001c)", R"(\u001d)", R"(\u001e)", R"(\u001f)"};
    for (char c = 0; c < 0x7f; ++c) {
        CAPTURE(int{c});
        const std::string escaped = c < 0x20 ? std::string(escapes[static_cast<unsigned>(c)])
                                    : c == '"' || c == '\\' ? "\\"s + c
                                                            : std::string(1, c);
        CHECK(encoded_header(json{{"k", std::string(1, c)}}) == "{\"k\":\"" + escaped + "\"}");
        CHECK(encoded_header(json{{std::string(1, c), 1}}) == "{\"" + escaped + "\":1}");
    }
}

TEST_CASE("a character of any size is written wherever it stands in a string of any length") {
    for (std::size_t size = 0; size <= 140; ++size)
        for (const std::string_view inserted : {"\"", "\x01", "\xc3\xa9", "\xf0\x9f\x98\x80"}) {
            const std::string text =
                std::string(size, 'x').append(inserted).append(140 - size, 'y').append(inserted);
            const std::string header = encoded_header(json{{"k", text}});
            CHECK(view(header).find("k").get<std::string>() == text);
        }
}

TEST_CASE("what has to be escaped is noticed at every place of a string of every length") {
    for (std::size_t size = 1; size <= 70; ++size)
        for (std::size_t place = 0; place < size; ++place) {
            std::string text(size, 'x');
            text[place] = '"';
            std::string escaped = text;
            escaped.insert(place, 1, '\\');
            CHECK(encoded_header(json{{"k", text}}) == "{\"k\":\"" + escaped + "\"}");
        }
}

TEST_CASE("plain text and escapes are written within the buffer, wherever it ends") {
    for (std::size_t plain = 0; plain < 6; ++plain)
        for (std::size_t escapes = 0; escapes < 100; ++escapes) {
            CAPTURE(plain);
            CAPTURE(escapes);
            const std::string text = std::string(plain, 'x') + std::string(escapes, '\x01');
            const std::string header = encoded_header(json{{"k", text}});
            CHECK(view(header).find("k") == text);
        }
}

TEST_CASE("a header of any tree arrives as it was, and what is encoded is always decoded") {
    std::mt19937 random(20240607);
    encoder<> sender;
    encoder<header_view> forward;
    std::vector<json> headers;
    std::string wire;
    std::string forwarded;
    for (int i = 0; i < 2000; ++i) {
        json header = json::object();
        for (auto size = random() % 8; size != 0; --size)
            header["m" + std::to_string(size)] = random_tree(random, 5);
        const std::string body(random() % 50, 'b');

        const std::size_t before = wire.size();
        REQUIRE_FALSE(sender.encode(header, body, wire));
        if (!body.empty()) header["body_size"] = body.size();

        const std::string text =
            wire.substr(before + framing::prefix_size,
                        wire.size() - before - framing::prefix_size - body.size());
        REQUIRE(framing::detail::scan_header(text, 64).error == errc{});
        REQUIRE(json::parse(text) == header);
        REQUIRE_FALSE(forward.encode(view(text), body, forwarded));
        headers.push_back(std::move(header));
    }
    CHECK(forwarded == wire);

    framing::reassembler<> incoming;
    std::size_t count = 0;
    for (const auto& frame : incoming.feed(wire)) REQUIRE(frame.header == headers.at(count++));
    CHECK(count == headers.size());
    CHECK_FALSE(incoming.finish());
}

TEST_CASE_TEMPLATE("the output grows by doubling", Out, std::string, std::vector<std::byte>,
                   std::pmr::vector<char>) {
    Out out;
    encoder<> sender;
    int growths = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto capacity = out.capacity();
        REQUIRE_FALSE(sender.encode({{"a", i}}, "hello", out));
        growths += out.capacity() != capacity;
    }
    CHECK(growths < 25);
}

TEST_CASE("an encoder that was moved from is as new") {
    encoder<> first;
    std::string wire;
    REQUIRE_FALSE(first.encode({{"a", 1}}, "", wire));

    encoder<> second = std::move(first);
    wire.clear();
    CHECK_FALSE(second.encode({{"b", 2}}, "", wire));
    CHECK_FALSE(first.encode({{"c", 3}}, "", wire));
    CHECK(wire == raw_frame(R"({"b":2})") + raw_frame(R"({"c":3})"));

    const json large{{"d", std::string(1000, 'd')}};
    wire.clear();
    CHECK_FALSE(second.encode(large, "", wire));
    CHECK(wire == raw_frame(large.dump()));
}
