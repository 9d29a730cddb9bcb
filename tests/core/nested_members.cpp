// SPDX-License-Identifier: MIT
// Members that hold more than one value: structs, enums, lists and maps, without a tree.
#include <framing/datagram.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/reassembler.hpp>

#include "../helpers/counting_allocator.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/typed_header.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using framing::errc;
using framing::member;
using helpers::raw_frame;
using helpers::received;
using helpers::sent;

namespace {

enum class colour { red, dark_blue, unnamed };

struct place {
    int x = 0;
    int y = 0;
    std::optional<std::string> name;
    friend bool operator==(const place&, const place&) = default;
};

struct drawing {
    colour ink{};
    place origin;
    std::vector<place> corners;
    std::array<std::uint8_t, 2> size{};
    std::map<std::string, std::vector<colour>> layers;
    std::chrono::milliseconds age{};
    std::optional<std::vector<std::optional<bool>>> flags;
    friend bool operator==(const drawing&, const drawing&) = default;
};

struct numbers {
    std::vector<double> values;
    std::array<place, 2> ends{};
};

enum class wordy { first, second, third };
#define FIFTY_LETTERS "abcdefghijklmnopqrstuvwxyabcdefghijklmnopqrstuvwxy"
#define MANY_LETTERS FIFTY_LETTERS FIFTY_LETTERS FIFTY_LETTERS FIFTY_LETTERS
struct wordy_header {
    wordy word{};
};

struct inner_size {
    int body_size = 0;
};
struct outer_size {
    inner_size inner;
};
struct only_map {
    std::map<std::string, int> map;
};

} // namespace

template <>
struct framing::header_traits<colour>
    : framing::enumerators<colour, framing::enumerator<"red", colour::red>,
                           framing::enumerator<"dark \"blue\"", colour::dark_blue>> {};
template <>
struct framing::header_traits<wordy>
    : framing::enumerators<wordy, framing::enumerator<MANY_LETTERS "1", wordy::first>,
                           framing::enumerator<MANY_LETTERS "2", wordy::second>,
                           framing::enumerator<MANY_LETTERS "3", wordy::third>> {};
template <>
struct framing::header_traits<wordy_header>
    : framing::members<wordy_header, member<"word", &wordy_header::word>> {};
template <>
struct framing::header_traits<place>
    : framing::members<place, member<"x", &place::x>, member<"y", &place::y>,
                       member<"name", &place::name>> {};
template <>
struct framing::header_traits<drawing>
    : framing::members<drawing, member<"ink", &drawing::ink>, member<"origin", &drawing::origin>,
                       member<"corners", &drawing::corners>, member<"size", &drawing::size>,
                       member<"layers", &drawing::layers>, member<"age", &drawing::age>,
                       member<"flags", &drawing::flags>> {};
template <>
struct framing::header_traits<numbers>
    : framing::members<numbers, member<"values", &numbers::values>,
                       member<"ends", &numbers::ends>> {};
template <>
struct framing::header_traits<inner_size>
    : framing::members<inner_size, member<"body_size", &inner_size::body_size>> {};
template <>
struct framing::header_traits<outer_size>
    : framing::members<outer_size, member<"inner", &outer_size::inner>> {};
template <>
struct framing::header_traits<only_map>
    : framing::members<only_map, member<"map", &only_map::map>> {};

namespace {

drawing make_example() {
    drawing made;
    made.ink = colour::dark_blue;
    made.origin = {1, -2, "here"};
    made.corners = {{3, 4, {}}, {5, 6, "q\"\n"}};
    made.size = {7, 255};
    made.layers = {{"", {}}, {"a\tb", {colour::red, colour::dark_blue}}};
    made.age = std::chrono::milliseconds(1500);
    made.flags = {true, std::nullopt, false};
    return made;
}
const drawing example = make_example();

constexpr std::string_view as_text =
    R"({"ink":"dark \"blue\"","origin":{"x":1,"y":-2,"name":"here"},)"
    R"("corners":[{"x":3,"y":4},{"x":5,"y":6,"name":"q\"\n"}],"size":[7,255],)"
    R"("layers":{"":[],"a\tb":["red","dark \"blue\""]},"age":1500,"flags":[true,null,false]})";

/// The example's text with `from` replaced by `to`, received as a drawing.
std::optional<drawing> received_with(std::string_view from, std::string_view to) {
    std::string text(as_text);
    text.replace(text.find(from), from.size(), to);
    return received<drawing>(text);
}

template <class Header>
std::error_code refusal(const Header& header, const framing::limits& limits = {}) {
    framing::encoder<Header> encoder(limits);
    std::string wire;
    return encoder.encode(header, "", wire);
}

} // namespace

TEST_CASE("members of every shape are written and read") {
    CHECK(sent(example) == as_text);
    CHECK(received<drawing>(as_text) == example);
}

TEST_CASE("white space, order and strange members inside do not matter") {
    CHECK(received_with("[7,255]", " [ 7 ,\n255 ] ") == example);
    CHECK(received_with(R"({"x":1,"y":-2,"name":"here"})",
                        R"( { "name" : "here" , "z":[{}], "y":-2, "\u0078":1 } )") == example);
    CHECK(received_with(R"([true,null,false])", R"([ true , null , false ])") == example);
}

TEST_CASE("of two members of one name the last one counts, inside too") {
    CHECK(received_with(R"("x":1,)", R"("x":"no","x":1,)") == example);
    CHECK(received_with(R"("":[],)", R"("":["red"],"":[],)") == example);
    CHECK(received_with(R"("":[],)", R"("":["green"],"":[],)") == example);
    CHECK_FALSE(received_with(R"("":[],)", R"("":[],"":["green"],)").has_value());
}

TEST_CASE("what does not fit inside is a mismatch") {
    const std::pair<std::string_view, std::string_view> changes[] = {
        {R"("dark \"blue\"")", R"("green")"},
        {R"("dark \"blue\"")", "1"},
        {R"({"x":1,"y":-2,"name":"here"})", "[]"},
        {R"({"x":1,"y":-2,"name":"here"})", R"({"x":1})"},
        {R"("x":3)", R"("x":3.5)"},
        {R"("x":5)", R"("x":{})"},
        {"[7,255]", "[7]"},
        {"[7,255]", "[7,255,1]"},
        {"[7,255]", "[7,256]"},
        {"[7,255]", "{}"},
        {"[7,255]", "7"},
        {R"("":[])", R"("":{})"},
        {R"("":[])", R"("":["blue"])"},
        {"1500", "1.5"},
        {"1500", R"("1500")"},
        {"[true,null,false]", "[true,null,0]"},
        {"[true,null,false]", R"("")"},
        {R"({"":[],"a\tb":["red","dark \"blue\""]})", "[]"},
    };
    for (const auto& change : changes) {
        CAPTURE(change.first);
        CAPTURE(change.second);
        CHECK_FALSE(received_with(change.first, change.second).has_value());
    }
}

TEST_CASE("a mismatch inside says what the member of the header is to be") {
    const auto message = [](std::string_view from, std::string_view to) {
        std::string text(as_text);
        text.replace(text.find(from), from.size(), to);
        framing::fault why;
        CHECK_FALSE(framing::decode_datagram<drawing>(raw_frame(text), why));
        return why.message().substr(why.message().find(" is ") + 1);
    };
    CHECK(message(R"("dark \"blue\"")", "1") == R"(is 1, not one of "red", "dark "blue"")");
    CHECK(message("[7,255]", "[7]") == "is an array, not an array of 2");
    CHECK(message(R"("x":3)", R"("x":"")") == "is an array, not an array of what fits");
    CHECK(message(R"("x":1)", R"("x":"")") == "is an object, not an object whose members fit");
    CHECK(message("1500", "1.5") ==
          "is 1.5, not an integer from -9223372036854775808 to 9223372036854775807");
    CHECK(message("[true,null,false]", "{}") == "is an object, not an array of what fits");
}

TEST_CASE("nothing of an earlier value is left in a nested one") {
    const std::string poor = R"({"ink":"red","origin":{"x":9,"y":9},"corners":[],"size":[0,0],)"
                             R"("layers":{},"age":0})";
    framing::reassembler<drawing> incoming;
    std::vector<drawing> drawings;
    for (const auto& frame : incoming.feed(raw_frame(as_text) + raw_frame(poor)))
        drawings.push_back(frame.header);
    REQUIRE(drawings.size() == 2);
    CHECK(drawings[0] == example);
    CHECK(drawings[1] == drawing{colour::red, {9, 9, {}}, {}, {}, {}, {}, {}});
}

TEST_CASE("inside another object body_size is a member like any other") {
    CHECK(sent(outer_size{{7}}) == R"({"inner":{"body_size":7}})");
    CHECK(sent(only_map{{{"body_size", 7}}}) == R"({"map":{"body_size":7}})");
    const auto back = received<outer_size>(R"({"inner":{"body_size":7}})");
    REQUIRE(back.has_value());
    CHECK(back->inner.body_size == 7);
    CHECK_FALSE(received<outer_size>(R"({"inner":{}})").has_value());
}

TEST_CASE("what JSON cannot say is refused inside, too") {
    CHECK(refusal(numbers{{1.5, std::numeric_limits<double>::quiet_NaN()}, {}}) ==
          errc::invalid_header);
    CHECK(refusal(numbers{{}, {place{0, 0, "\xff"}, place{}}}) == errc::invalid_header);
    drawing other = example;
    other.ink = colour::unnamed;
    CHECK(refusal(other) == errc::invalid_header);
    other = example;
    other.layers["\xff"] = {};
    CHECK(refusal(other) == errc::invalid_header);
}

TEST_CASE("what a member is to be is said in 512 bytes at most") {
    framing::fault why;
    CHECK_FALSE(framing::decode_datagram<wordy_header>(raw_frame(R"({"word":1})"), why));
    CHECK(why.expected.size() == 512);
    CHECK(why.expected.starts_with("one of \"" MANY_LETTERS "1\", \"" MANY_LETTERS "2\""));
}

TEST_CASE("the depth of what is nested keeps to the limit") {
    CHECK_FALSE(refusal(example, {.max_depth = 3})); // a place in corners
    CHECK(refusal(example, {.max_depth = 2}) == errc::header_too_deep);
    const drawing flat{{}, {}, {}, {}, {}, {}, {}};
    CHECK_FALSE(refusal(flat, {.max_depth = 2}));
    CHECK(refusal(flat, {.max_depth = 1}) == errc::header_too_deep);
    CHECK_FALSE(refusal(only_map{}, {.max_depth = 2}));
    CHECK(refusal(only_map{}, {.max_depth = 1}) == errc::header_too_deep);
}

TEST_CASE("nested values cost no tree and no allocation of ours") {
    const std::string wire = raw_frame(R"({"values":[],"ends":[{"x":1,"y":2},{"x":3,"y":4}]})");
    framing::reassembler<numbers> incoming;
    const allocation_watch watch;
    for (const auto& frame : incoming.feed(wire)) CHECK(frame.header.ends[1].y == 4);
    CHECK(watch.count() == 0);
}

TEST_CASE("a value view reads lists and structs, too") {
    framing::fault why;
    const auto header = framing::header_view::parse(as_text, {}, why);
    REQUIRE(header.has_value());
    CHECK(header->find("corners").get<std::vector<place>>() == example.corners);
    CHECK(header->find("ink").get<colour>() == colour::dark_blue);
    CHECK_FALSE(header->find("ink").get<std::vector<int>>().has_value());
    CHECK(header->get<drawing>() == example);
}
