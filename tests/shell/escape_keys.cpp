// SPDX-License-Identifier: MIT
#include "shell/escape_keys.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

using wish = escape_keys::wish;

namespace {

/// What a program gets of keys that come in pieces of this size, with `!` where one was for us.
std::string sent(std::string_view typed, std::size_t piece) {
    escape_keys keys;
    std::string result;
    while (!typed.empty()) {
        std::string_view some = typed.substr(0, piece);
        typed.remove_prefix(some.size());
        while (keys.next(some, result)) result += '!';
    }
    return result;
}

} // namespace

TEST_CASE("a tilde at the beginning of a line and another key are for us") {
    for (const std::string_view before : {"", "ls\r", "ls\n", "~?", "~~\r", "~x\r"}) {
        for (const auto& each :
             {std::pair{'.', wish::leave}, {'?', wish::help}, {'\x1a', wish::suspend}}) {
            const std::string typed = std::string(before) + '~' + each.first + "rest";
            std::string_view left = typed;
            escape_keys keys;
            std::string passed;
            auto wanted = keys.next(left, passed);
            if (before == "~?") wanted = keys.next(left, passed);
            CHECK_MESSAGE(wanted == each.second, typed);
            CHECK(left == "rest");
        }
    }
}

TEST_CASE("every other key goes through, however keys come") {
    struct example {
        std::string_view typed;
        std::string_view expected;
    };
    for (const example& each : {
             example{"a~.b", "a~.b"},
             {"~/bin\r", "~/bin\r"},
             {"~~.", "~."},
             {"\r~~~.", "\r~~."},
             {" ~?", " ~?"},
             {"~\r~?", "~\r!"},
             {"~x~.", "~x~."},
             {"~?~?\r~?", "!!\r!"},
             {"\x03\x04\x1b[A\x1a", "\x03\x04\x1b[A\x1a"},
         })
        for (const std::size_t piece : {1U, 2U, 3U, 100U})
            CHECK_MESSAGE(sent(each.typed, piece) == each.expected, each.typed);
}

TEST_CASE("a tilde is held back until the next key tells what it is") {
    escape_keys keys;
    std::string passed;
    std::string_view typed = "~";
    CHECK_FALSE(keys.next(typed, passed));
    CHECK(passed.empty());
    typed = "a";
    CHECK_FALSE(keys.next(typed, passed));
    CHECK(passed == "~a");
}
