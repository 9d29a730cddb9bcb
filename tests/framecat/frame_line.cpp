// SPDX-License-Identifier: MIT
#include "framecat/frame_line.hpp"

#include <framing/limits.hpp>

#include "framecat/json_members.hpp"
#include "framecat/line_splitter.hpp"
#include "framecat/recorder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>

using framecat::frame_of;
using framecat_tests::wire;

namespace {

/// What is wrong with a line.
std::string complaint(std::string_view line) {
    try {
        static_cast<void>(frame_of(line, framecat::wire_options()));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("a body is text, base 64 or hex digits") {
    for (const std::string_view body : {R"("text":"hi")", R"("body":"aGk=")", R"("hex":"6869")"})
        CHECK(frame_of(R"({"header":{"a":1},)" + std::string(body) + '}',
                       framecat::wire_options()) == wire(R"({"a":1})", "hi"));
    CHECK(frame_of(R"({"header":{}})", framecat::wire_options()) == wire("{}"));
}

TEST_CASE("what says where a frame came from may stand in its line") {
    CHECK(frame_of(R"({"time":"x","connection":1,"from":"client","header":{},"body_size":0})",
                   framecat::wire_options()) == wire("{}"));
}

TEST_CASE("a member that is unknown is named, with its column and an example") {
    const std::string why = complaint(R"({"header":{},"txt":"hi"})");
    CHECK(why.starts_with(R"(column 14: "txt" is unknown)"));
    CHECK(why.ends_with(framecat::example_line));
    CHECK(complaint(R"({"head\u0065r":{}})").empty());
}

TEST_CASE("what is wrong with a line is said where it is") {
    CHECK(complaint("nonsense").starts_with("column 1: not one JSON object"));
    CHECK(complaint(R"({"header":{} "text":"hi"})").starts_with("column 14: not one JSON"));
    CHECK(complaint(R"({"header":{"a":1,"a":}})").starts_with("column 22: not one JSON"));
    CHECK(complaint("{}").starts_with("no \"header\""));
    CHECK(complaint(R"({"header":5})").starts_with("column 11: \"header\": invalid_header"));
    CHECK(
        complaint(R"({"header":{},"text":1})").starts_with("column 21: \"text\" is not a string"));
    CHECK(complaint(R"({"header":{},"body":"a"})").starts_with("column 21: \"body\" is not"));
    CHECK(complaint(R"({"header":{},"hex":"4G"})").starts_with("column 20: \"hex\" is not"));
    CHECK(complaint(R"({"header":{},"text":"","hex":""})").starts_with("more than one of"));
    CHECK(complaint(R"({"header":{},"text":"hi","body_size":3})")
              .starts_with("column 38: \"body_size\" is 3, but the body has 2 bytes"));
}

TEST_CASE("the members of an object are found as they are written") {
    const auto members =
        framecat::members_of("{ \"a\" : [1,{\"b\":\"}\"}] ,\n\"c\\\"\":\"x:y\",\"d\":-1e5 }");
    REQUIRE(members.size() == 3);
    CHECK(members[0].key == "\"a\"");
    CHECK(members[0].value == "[1,{\"b\":\"}\"}]");
    CHECK(members[1].key == "\"c\\\"\"");
    CHECK(members[1].value == "\"x:y\"");
    CHECK(members[2].value == "-1e5");
    CHECK(framecat::members_of("{}").empty());
}

TEST_CASE("lines are numbered, also those that are blank") {
    framecat::line_splitter lines;
    std::string found;
    const auto take = [&](const auto& line) {
        if (line) found += std::to_string(line->number) + line->text + ';';
    };
    for (const std::string_view piece : {"a\n\n", " \r\nb", "c", "\nd\ne"}) {
        lines.feed(piece);
        while (const auto line = lines.next()) take(line);
    }
    take(lines.last());
    CHECK(found == "1a;4bc;5d;6e;");
}
