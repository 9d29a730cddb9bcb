// SPDX-License-Identifier: MIT
#include "chat/conversation.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

using chat::conversation;
using nlohmann::json;

namespace {

json welcome(std::uint64_t seq = 0, bool keeps_secrets = true) {
    json result{{"type", "welcome"},
                {"nick", "alice"},
                {"room", "lobby"},
                {"members", {"alice", "bob"}},
                {"seq", seq}};
    if (keeps_secrets) result["private"] = true;
    return result;
}

json said(const char* from, std::uint64_t seq) {
    return {{"type", "said"}, {"from", from}, {"room", "lobby"}, {"seq", seq}};
}

json told(const char* from, const char* to, const std::string& id) {
    return {{"type", "said"}, {"from", from}, {"to", to}, {"room", "lobby"}, {"id", id}};
}

json refusal(const char* code, const std::string& id) {
    return {{"type", "error"}, {"code", code}, {"message", "no"}, {"id", id}};
}

/// alice, whom the server has welcomed.
struct alice {
    explicit alice(std::uint64_t seq = 0, bool keeps_secrets = true) {
        take(welcome(seq, keeps_secrets));
    }

    conversation::outcome take(const json& header) {
        return talk.take(header, [this](const json& news) {
            told_of += news.at("type").get<std::string>() + ' ';
        });
    }
    /// The name of what is under way now.
    std::string next() {
        const auto* const message = talk.next();
        return message == nullptr ? "" : message->id;
    }

    conversation talk{"alice", "lobby", "x"};
    std::string told_of;
};

} // namespace

TEST_CASE("what was too much is said again after a while, and nobody is told that it was not") {
    alice it;
    REQUIRE(it.talk.say("hello"));
    const std::string id = it.next();
    const auto outcome = it.take(refusal("rate_limited", id));
    CHECK_FALSE(outcome.is_news);
    CHECK(outcome.pause.count() > 0);
    CHECK_FALSE(outcome.refused);
    CHECK(it.next() == id);
}

TEST_CASE("what cannot be kept now is told once, and said again") {
    alice it;
    REQUIRE(it.talk.say("hello"));
    const std::string id = it.next();
    CHECK(it.take(refusal("unavailable", id)).is_news);
    CHECK(it.next() == id);
    CHECK_FALSE(it.take(refusal("unavailable", id)).is_news);
    CHECK(it.next() == id);
    json back = said("alice", 1);
    back["id"] = id;
    CHECK(it.take(back).is_news);
    REQUIRE(it.talk.say("more"));
    CHECK(it.take(refusal("unavailable", it.next())).is_news);
}

TEST_CASE("what is refused for good is given back, and the next has its turn") {
    alice it;
    REQUIRE(it.talk.say("too long"));
    REQUIRE(it.talk.say("next"));
    const auto outcome = it.take(refusal("too_long", it.next()));
    REQUIRE(outcome.refused);
    CHECK(outcome.refused->text == "too long");
    CHECK(outcome.pause.count() == 0);
    REQUIRE(it.talk.next() != nullptr);
    CHECK(it.talk.waiting().front().text == "next");
}

TEST_CASE("what is for one member has no number, and those of the room go on without a gap") {
    alice it(7);
    CHECK(it.take(told("bob", "alice", "b-1")).is_news);
    CHECK(it.take(said("bob", 8)).is_news);
    CHECK(it.take(told("bob", "alice", "b-2")).is_news);
    CHECK(it.take(said("bob", 9)).is_news);
    CHECK(it.told_of.empty());
}

TEST_CASE("what is said to one member once more, as its connection broke, is no news") {
    alice it;
    CHECK(it.take(told("bob", "alice", "b-1")).is_news);
    CHECK_FALSE(it.take(told("bob", "alice", "b-1")).is_news);
    CHECK(it.take(told("carol", "alice", "b-1")).is_news);
    json nameless = told("bob", "alice", "");
    nameless.erase("id");
    CHECK(it.take(nameless).is_news);
    CHECK(it.take(nameless).is_news);
}

TEST_CASE("what is for one member comes back as all does, and is said again after a break") {
    alice it;
    REQUIRE(it.talk.say("psst", "bob"));
    REQUIRE(it.talk.say("aloud"));
    const std::string id = it.next();
    CHECK(it.talk.waiting().front().to == "bob");
    it.talk.disconnected();
    it.take(welcome());
    CHECK(it.next() == id);
    CHECK(it.talk.waiting().front().was_under_way);
    it.take(told("alice", "bob", id));
    REQUIRE(it.talk.next() != nullptr);
    CHECK(it.talk.waiting().front().text == "aloud");
}

TEST_CASE("a server that would tell it to all is not told what is for one member") {
    alice it(0, false);
    REQUIRE(it.talk.say("psst", "bob"));
    REQUIRE(it.talk.say("aloud"));
    const auto lost = it.talk.take_unsayable();
    REQUIRE(lost);
    CHECK(lost->text == "psst");
    CHECK_FALSE(it.talk.take_unsayable());
    CHECK(it.talk.next()->text == "aloud");
}

TEST_CASE("a message calls who is named in it, or told alone, and never who says it") {
    alice it(3);
    CHECK(it.talk.calls_us(said("bob", 4), "Alice: hi"));
    CHECK_FALSE(it.talk.calls_us(said("bob", 4), "malice"));
    CHECK_FALSE(it.talk.calls_us(said("alice", 4), "I am alice"));
    CHECK(it.talk.calls_us(told("bob", "alice", "b"), "hi"));
    CHECK_FALSE(it.talk.calls_us(told("alice", "bob", "b"), "hi"));
    CHECK_FALSE(it.talk.calls_us({{"type", "joined"}, {"nick", "alice"}}, "alice"));
}

TEST_CASE("the past calls nobody who comes, but what was missed does") {
    alice it(3);
    CHECK_FALSE(it.talk.calls_us(said("bob", 3), "alice!"));
    it.take(said("bob", 4));
    it.talk.disconnected();
    it.take(welcome(6));
    CHECK(it.talk.calls_us(said("bob", 5), "alice!"));
}
