// SPDX-License-Identifier: MIT
#include "chat/display.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

using chat::display;
using nlohmann::json;

namespace {

std::string shown(const json& header, std::string_view text, const chat::appearance& look = {}) {
    return display(header, text, look).text;
}

} // namespace

TEST_CASE("what is said to all, to one, or done looks different") {
    const json to_all{{"type", "said"}, {"from", "alice"}};
    const json to_one{{"type", "said"}, {"from", "alice"}, {"to", "bob"}};
    CHECK(shown(to_all, "hi") == "--:-- <alice> hi");
    CHECK(shown(to_one, "hi") == "--:-- [alice -> bob] hi");
    CHECK(shown(to_all, "/me waves") == "--:-- * alice waves");
    CHECK(shown(to_one, "/me waves") == "--:-- [alice -> bob] * alice waves");
    CHECK(shown(to_all, "/mean it") == "--:-- <alice> /mean it");
}

TEST_CASE("nothing of it acts on a terminal") {
    const json header{{"type", "said"}, {"from", "a\033[m"}, {"to", "b\r"}};
    for (const char* text : {"\033[2J", "/me \033[2J"}) {
        const std::string all = shown(header, text);
        CHECK(all.find('\033') == all.npos);
        CHECK(all.find('\r') == all.npos);
    }
}

TEST_CASE("what stands out does so in colour only, and ends it") {
    const json header{{"type", "said"}, {"from", "alice"}};
    CHECK(shown(header, "bob: hi", {false, true}) == "--:-- <alice> bob: hi");
    const std::string bold = shown(header, "bob: hi", {true, true});
    CHECK(bold.find("\033[7m") != bold.npos);
    CHECK(bold.ends_with("\033[0;1mbob: hi\033[0m"));
    CHECK(shown(header, "hi", {true, false}).find("\033[7m") == std::string::npos);
}
