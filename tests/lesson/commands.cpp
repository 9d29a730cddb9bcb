// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/nlohmann.hpp>

#include "../helpers/meant.hpp"
#include "shell/lesson.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// What a client of the lesson's remote command and our server come to hear of each other.
namespace {

using helpers::framed;
using helpers::lesson;
using helpers::meant;
using nlohmann::json;

std::string said(lesson_commands& dialect, std::string_view frames) {
    std::string bytes;
    dialect.say(framing::byte_view(frames).bytes(), bytes);
    return bytes;
}

} // namespace

TEST_CASE("what comes at once is a command without input") {
    lesson_commands dialect(false);
    CHECK(meant(dialect, {"ls -l"}) == framed({{"type", "exec"}, {"id", 0}, {"command", "ls -l"}}) +
                                           framed({{"type", "stdin_close"}, {"id", 0}}));
    CHECK(meant(dialect, {"pwd"}).find(R"("id":1)") != std::string::npos);
}

TEST_CASE("a command that is not UTF-8 cannot be understood") {
    lesson_commands dialect(false);
    std::string frames;
    CHECK(dialect.hear(framing::byte_view("\xff").bytes(), frames));
}

TEST_CASE("the token comes first, cut anywhere, and the command may come with it") {
    const std::string wire = "secret\r\nls";
    const std::string auth = framed({{"type", "auth"}, {"token", "secret"}});
    for (std::size_t cut = 0; cut < wire.size() - 2; ++cut) {
        CAPTURE(cut);
        lesson_commands dialect(true);
        const std::string frames = meant(dialect, {wire.substr(0, cut), wire.substr(cut)});
        CHECK(frames.starts_with(auth));
        CHECK(frames.find(R"("command":"ls")") != std::string::npos);
    }
    lesson_commands endless(true);
    std::string frames;
    CHECK(endless.hear(framing::byte_view(std::string(2000, 'x')).bytes(), frames));
}

TEST_CASE("an answer is sent when the command has ended, wherever its messages are cut") {
    const std::string messages = framed({{"type", "welcome"}}) + framed({}) +
                                 framed({{"type", "stdout"}, {"id", 0}}, "out") +
                                 framed({{"type", "stderr"}, {"id", 0}}, "err") +
                                 framed({{"type", "exit"}, {"id", 0}, {"status", 1}}) +
                                 framed({{"type", "bye"}});
    for (std::size_t cut = 0; cut <= messages.size(); ++cut) {
        lesson_commands dialect(false);
        static_cast<void>(meant(dialect, {"ls"}));
        CHECK(said(dialect, messages.substr(0, cut)) + said(dialect, messages.substr(cut)) ==
              lesson({{"status", 1}}, "outerr"));
    }
}

TEST_CASE("answers keep the order of the commands") {
    lesson_commands dialect(false);
    static_cast<void>(meant(dialect, {"one", "two"}));
    CHECK(said(dialect, framed({{"type", "exit"}, {"id", 1}, {"signal", "KILL"}})).empty());
    CHECK(said(dialect, framed({{"type", "exit"}, {"id", 0}, {"status", 0}})) ==
          lesson({{"status", 0}}) + lesson({{"signal", "KILL"}}));
}

TEST_CASE("an error answers its command, and one without a command is said by itself") {
    lesson_commands dialect(false);
    static_cast<void>(meant(dialect, {"one"}));
    CHECK(said(dialect,
               framed({{"type", "error"}, {"code", "too_many"}, {"message", "no"}, {"id", 0}})) ==
          lesson(json::object(), "too_many: no\n"));
    CHECK(said(dialect, framed({{"type", "error"}, {"code", "unknown_id"}, {"id", 0}})).empty());
    CHECK(said(dialect, framed({{"type", "error"}, {"code", "unauthorized"}, {"message", "no"}})) ==
          lesson(json::object(), "unauthorized: no\n"));
}

TEST_CASE("a command out of time still has its end") {
    lesson_commands dialect(false);
    static_cast<void>(meant(dialect, {"one"}));
    CHECK(said(dialect,
               framed({{"type", "error"}, {"code", "timeout"}, {"message", "late"}, {"id", 0}}))
              .empty());
    CHECK(said(dialect, framed({{"type", "exit"}, {"id", 0}, {"signal", "TERM"}})) ==
          lesson({{"signal", "TERM"}}, "timeout: late\n"));
}

TEST_CASE("what a browser sends for a page is no command") {
    const std::string evil = "\r\nContent-Length: 6\r\n\r\nreboot";
    for (const std::string& opening :
         {"POST / HTTP/1.1" + evil, "sh /tmp/x HTTP/1.0" + evil, std::string("GET / HTTP/1.1\r\n"),
          "POST /" + std::string(8000, 'x') + "$(reboot)"}) {
        CAPTURE(opening.substr(0, 20));
        lesson_commands dialect(false);
        std::string frames;
        CHECK(dialect.hear(framing::byte_view(opening).bytes(), frames));
        CHECK(frames.empty());
    }
    lesson_commands dialect(false);
    const std::string asks = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 80\n";
    CHECK(!meant(dialect, {asks, std::string(8000, 'x')}).empty());
    lesson_commands with_token(true);
    CHECK(!meant(with_token, {"secret\n" + std::string(8000, 'x')}).empty());
}

TEST_CASE("commands that were sent ahead are not heard for ever") {
    lesson_commands dialect(false);
    std::string frames;
    for (std::size_t i = 0; i < lesson_commands::most_waiting; ++i)
        CHECK_FALSE(dialect.hear(framing::byte_view("x").bytes(), frames));
    CHECK(dialect.hear(framing::byte_view("x").bytes(), frames));
}

TEST_CASE("answers that wait hold no more than one may") {
    constexpr std::size_t most = lesson_commands::most_said;
    lesson_commands dialect(false);
    static_cast<void>(meant(dialect, {"sleep", "two", "three"}));
    const std::string half(most / 2, 'x');
    for (const int id : {1, 2, 2})
        CHECK(said(dialect, framed({{"type", "stdout"}, {"id", id}}, half)).empty());
    for (const int id : {1, 2})
        CHECK(said(dialect, framed({{"type", "exit"}, {"id", id}, {"status", 0}})).empty());
    const std::string last = framed({{"type", "exit"}, {"id", 0}, {"status", 0}});
    CHECK(said(dialect, last) ==
          lesson({{"status", 0}}) + lesson({{"status", 0}}, half) +
              lesson({{"left_out", most - half.size()}, {"status", 0}}, half));
    static_cast<void>(meant(dialect, {"four"}));
    CHECK(said(dialect, framed({{"type", "stdout"}, {"id", 3}}, half + half)).empty());
    CHECK(said(dialect, framed({{"type", "exit"}, {"id", 3}, {"status", 0}})) ==
          lesson({{"status", 0}}, half + half));
}
