// SPDX-License-Identifier: MIT
#include "chat/command.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using chat::command;
using chat::parse_command;

TEST_CASE("a command is known however it is written, with the spaces around what it is told gone") {
    for (const char* line : {"/nick al", "/NICK al", "/Nick   al  "}) {
        const auto wish = parse_command(line);
        REQUIRE(wish);
        CHECK(wish->name == "/nick");
        CHECK(wish->argument == "al");
    }
    const auto message = parse_command("/MSG  Bob  What a  Day ");
    REQUIRE(message);
    CHECK(message->argument == "Bob  What a  Day");
    CHECK(chat::split_word(message->argument) ==
          std::pair<std::string, std::string>("Bob", "What a  Day"));
}

TEST_CASE("a command without anything, and what is none of them, is one still") {
    CHECK(parse_command("/who")->argument.empty());
    CHECK(parse_command("/who   ")->argument.empty());
    CHECK(parse_command("/whoever")->name == "/whoever");
    CHECK(parse_command("/")->name == "/");
}

TEST_CASE("what does not begin with one slash is to be said") {
    for (const char* line : {"", "hello", "//nick al", " /nick al", "see /etc/passwd"})
        CHECK_FALSE(parse_command(line));
}
