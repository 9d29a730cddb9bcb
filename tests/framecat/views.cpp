// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/limits.hpp>

#include "framecat/body_view.hpp"
#include "framecat/dissector.hpp"
#include "framecat/file_kind.hpp"
#include "framecat/line_view.hpp"
#include "framecat/recorder.hpp"
#include "framecat/styled_text.hpp"
#include "framecat/terminal_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

using framecat::body_form;
using framecat::body_view;
using framecat::line_view;
using framecat::style;
using framecat::styled_text;
using framecat::terminal_view;
using framecat_tests::wire;

namespace {

std::string lines_of(std::string_view body, const body_view::limits& limits,
                     body_form form = body_form::automatic, std::size_t piece = 1000) {
    body_view view(form, limits, body.size());
    std::string out;
    for (std::size_t at = 0; at < body.size(); at += piece) view.feed(body.substr(at, piece), out);
    view.finish(out);
    return out;
}

std::string seen_by_a_person(std::string_view stream, std::size_t columns, bool full = false,
                             const framecat::origin& from = {}) {
    std::string out;
    terminal_view view({.full = full, .columns = [=] { return columns; }, .from = from},
                       [&](std::string_view text) { out += text; });
    framecat::dissector frames(framecat::wire_options(), view);
    frames.feed(framing::byte_view(stream).bytes());
    frames.finish();
    return out;
}

std::string seen_by_a_program(std::string_view stream, const line_view::options& options) {
    std::string out;
    line_view view(options, [&](std::string_view text) { out += text; });
    framecat::dissector frames(framecat::wire_options(), view);
    frames.feed(framing::byte_view(stream).bytes());
    frames.finish();
    return out;
}

} // namespace

TEST_CASE("a line is cut to the window, between characters, and in colour or not") {
    styled_text line;
    line.add(style::key, "ab").add(style::plain, "\u4e16\u754c");
    CHECK(line.width() == 6);
    CHECK(line.line(0, false) == "ab\u4e16\u754c");
    CHECK(line.line(6, false) == "ab\u4e16\u754c");
    CHECK(line.line(5, false) == "ab\u4e16\u2026");
    CHECK(line.line(4, false) == "ab\u2026"); // half a character is none
    CHECK(line.line(1, false) == "\u2026");
    CHECK(line.line(3, true) == "\033[34mab\033[0m\u2026");
}

TEST_CASE("a body is text where it is, and else a dump") {
    CHECK(lines_of("hello\nworld", {}) == "  hello\n  world\n");
    CHECK(lines_of("\033[1m\xe2\x80\xae\n", {}) == "  \\u001b[1m\\u202e\n");
    CHECK(lines_of(std::string_view("a\0b", 3), {}).starts_with("  00000000  61 00 62"));
    CHECK(lines_of("caf\xe9", {}).starts_with("  00000000  63 61 66 e9"));
    CHECK(lines_of("hi", {}, body_form::hex).starts_with("  00000000  68 69"));
    CHECK(lines_of("caf\xe9", {}, body_form::text) == "  caf\ufffd\n");
    CHECK(lines_of("hi", {}, body_form::none).empty());
    CHECK(lines_of("", {}).empty());
}

TEST_CASE("a character that is cut off is still text") {
    for (std::size_t size = 1; size <= 12; ++size)
        CHECK(framecat::looks_like_text(
            std::string_view("\u4e16\u00e9\u754c\U0001f600").substr(0, size), false));
    CHECK_FALSE(framecat::looks_like_text("\x80", false));
    std::string text(4095, 'a');
    text += "\u754c";
    CHECK(lines_of(text, {0, 0}).find("\ufffd") == std::string::npos);
}

TEST_CASE("a body is the same lines however it comes") {
    std::string text;
    std::string binary;
    for (int i = 0; i < 2000; ++i) {
        text += std::to_string(i) + (i % 7 == 0 ? "\n" : " ");
        binary += static_cast<char>(i);
    }
    for (const std::string& body : {text, binary})
        for (const std::size_t lines : {0U, 5U})
            for (const std::size_t piece : {1U, 3U, 16U, 4096U, 5000U})
                CHECK(lines_of(body, {80, lines}, body_form::automatic, piece) ==
                      lines_of(body, {80, lines}, body_form::automatic, body.size()));
}

TEST_CASE("of a long body some lines are shown, and how much is left out") {
    CHECK(lines_of("1\n2\n3\n4\n5", {80, 3}) == "  1\n  2\n  3\n  and 3 bytes more\n");
    const std::string dump = lines_of(std::string(1000, '\0'), {80, 2});
    CHECK(dump.ends_with("  and 968 bytes more\n"));
    CHECK(lines_of(std::string(100'000, 'x'), {20, 1}) ==
          "  xxxxxxxxxxxxxxxxx\u2026\n  and 95904 bytes more\n");
}

TEST_CASE("what is shown of a long body is there before its end") {
    std::string out;
    body_view view(body_form::automatic, {80, 1}, 1'000'000);
    view.feed(std::string(5000, '\0'), out);
    CHECK(view.full());
    CHECK(out.ends_with("|\n  and 999984 bytes more\n"));
}

TEST_CASE("a dump is as wide as the window allows") {
    CHECK(lines_of(std::string(16, '\0'), {80, 0}).size() == 81);
    CHECK(lines_of(std::string(16, '\0'), {79, 0}) ==
          "  00000000  00 00 00 00 00 00 00 00  |........|\n"
          "  00000008  00 00 00 00 00 00 00 00  |........|\n");
    CHECK(lines_of(std::string(5, '\0'), {40, 0}) == "  00000000  00 00 00 00  |....|\n"
                                                     "  00000004  00           |.|\n");
    CHECK(lines_of("\x01", {3, 0}) == "  \u2026\n");
}

TEST_CASE("a person sees number, offset, type, size, header and body") {
    const std::string stream = wire("{}") + wire(R"({"type":"said","from":"al"})", "hello") +
                               wire(R"({"type":5,"a":[1,"x"]})", "x");
    CHECK(seen_by_a_person(stream, 80) == "0 @0 (no type)\n"
                                          "1 @6 said 5 bytes {\"from\":\"al\"}\n"
                                          "  hello\n"
                                          "2 @56 (no type) 1 byte {\"type\":5,\"a\":[1,\"x\"]}\n"
                                          "  x\n");
}

TEST_CASE("a header that does not fit has a line of its own") {
    const std::string stream = wire(R"({"type":"said","from":"alice","room":"lobby"})", "hello");
    CHECK(seen_by_a_person(stream, 40) == "0 @0 said 5 bytes\n"
                                          "  {\"from\":\"alice\",\"room\":\"lobby\"}\n"
                                          "  hello\n");
    CHECK(seen_by_a_person(stream, 20) == "0 @0 said 5 bytes\n"
                                          "  {\"from\":\"alice\",\"\u2026\n"
                                          "  hello\n");
}

TEST_CASE("of a type that is there twice both are seen") {
    CHECK(seen_by_a_person(wire(R"({"type":"a","type":"b"})"), 80) ==
          "0 @0 b {\"type\":\"a\",\"type\":\"b\"}\n");
}

TEST_CASE("with nothing cut all of a long header and body is there") {
    const std::string long_text(5000, 'x');
    const std::string all =
        seen_by_a_person(wire(R"({"type":")" + long_text + "\"}", long_text + "\n1"), 80, true);
    CHECK(std::count(all.begin(), all.end(), 'x') == 10'000);
}

TEST_CASE("nothing in a header acts on a terminal") {
    const std::string seen = seen_by_a_person(
        wire("{\"type\":\"e\x7fv\u202e\",\"k\u2066\u009b\":\"\\u001b[31m\xc2\x9b\"}", "\033[0m"),
        80);
    CHECK(seen == "0 @0 e\\u007fv\\u202e 4 bytes {\"k\\u2066\\u009b\":\"\\u001b[31m\\u009b\"}\n"
                  "  \\u001b[0m\n");
}

TEST_CASE("a person sees where a stream is broken, behind what there was of the frame") {
    const std::string broken = seen_by_a_person(wire("{}") + "GET / HTTP/1.1\r\n", 80);
    CHECK(broken.find("0 @0 (no type)\nbroken header_too_large: frame 1 at offset 6") == 0);
    CHECK(broken.find("HTTP\n  00000006  47 45 54 20 2f") != std::string::npos);
    const std::string cut = wire(R"({"type":"t"})", "hello");
    const std::string seen = seen_by_a_person(std::string_view(cut).substr(0, cut.size() - 2), 80);
    CHECK(seen.find("0 @0 t 5 bytes\n  hel\nbroken truncated") == 0);
}

TEST_CASE("frames of several streams say when, where and whence") {
    const framecat::origin from{.connection = 3,
                                .from = framecat::origin::side::server,
                                .clock = [] { return timestamp(1'700'000'000'123); }};
    CHECK(
        seen_by_a_person(wire(R"({"type":"t"})"), 80, false, from).find(":20.123 #3 <- 0 @0 t\n") ==
        5);
    CHECK(seen_by_a_program(wire(R"({"type":"t"})"), {.from = from}) ==
          R"({"time":"2023-11-14T22:13:20.123Z","connection":3,"from":"server",)"
          R"("header":{"type":"t"},"body_size":0,"body":""})"
          "\n");
    CHECK(framecat::note_line(from, "gone\033[0m", false).ends_with(" #3 <- gone\\u001b[0m\n"));
}

TEST_CASE("a program gets the body in one of four ways, or none that is too large to hold") {
    using enum line_view::options::form;
    const std::string stream = wire("{}", "hi");
    const std::string head = R"({"header":{"body_size":2},"body_size":2)";
    CHECK(seen_by_a_program(stream, {}) == head + R"(,"body":"aGk="})" + '\n');
    CHECK(seen_by_a_program(stream, {.body = text}) == head + R"(,"text":"hi"})" + '\n');
    CHECK(seen_by_a_program(stream, {.body = hex}) == head + R"(,"hex":"6869"})" + '\n');
    CHECK(seen_by_a_program(stream, {.body = none}) == head + "}\n");
    CHECK(seen_by_a_program(stream, {.most_held = 1}) == head + "}\n");
}

TEST_CASE("files that hold no frames as they are are named by how they begin") {
    CHECK(framecat::advice_on("\x1f\x8b\x08").find("gzip") != std::string_view::npos);
    CHECK(framecat::advice_on("\xd4\xc3\xb2\xa1").find("pcap") != std::string_view::npos);
    CHECK(framecat::advice_on("\n\r\r\n").find("pcapng") != std::string_view::npos);
    CHECK(framecat::advice_on("GET ").empty());
    CHECK(framecat::advice_on("").empty());
}
