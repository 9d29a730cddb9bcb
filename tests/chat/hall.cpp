// SPDX-License-Identifier: MIT
#include "chat/hall.hpp"

#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include "../helpers/house.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using chat::event;
using chat::hall;
using helpers::event_of;
using helpers::house;
using helpers::join_of;
using helpers::lines;
using nlohmann::json;

TEST_CASE("a newcomer is welcomed, and the others are told") {
    house it;
    it.join(1, "alice");
    CHECK(it.heard(1) == lines{"welcome alice lobby 0 +alice"});
    it.join(2, "bob");
    CHECK(it.heard(2) == lines{"welcome bob lobby 0 +alice +bob"});
    CHECK(it.heard(1) == lines{"joined bob lobby"});
}

TEST_CASE("all in a room hear the same, the sender too, and nobody else does") {
    house it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.join(3, "carol", "elsewhere");
    it.forget();
    it.say(1, "hello");
    it.say(2, "hi");
    const std::string heard = it.ears[1].wire();
    CHECK(helpers::lines_of(heard) == lines{"said alice lobby 1: hello", "said bob lobby 2: hi"});
    CHECK(it.ears[2].wire() == heard);
    CHECK(it.heard(3).empty());
}

TEST_CASE("a message says who, where, which and when, and its text as it came") {
    house it;
    it.join(1, "alice");
    it.forget();
    event what = event_of("say", 1);
    what.id = "mine \"1\"";
    const std::string text("\x1b[2J\0\xe4\xbd\xa0\n", 9);
    it.rooms.apply(what, text, timestamp(1795183200007));
    framing::reassembler<> frames;
    for (const auto& frame : frames.feed(it.ears[1].wire())) {
        CHECK(frame.header == json{{"type", "said"},
                                   {"from", "alice"},
                                   {"room", "lobby"},
                                   {"seq", 1},
                                   {"time", "2026-11-20T14:00:00.007Z"},
                                   {"id", "mine \"1\""},
                                   {"body_size", 9}});
        CHECK(frame.text() == text);
    }
}

TEST_CASE("what is said to one member is heard by that one and by who says it") {
    house it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.join(3, "carol");
    it.join(4, "bob", "elsewhere");
    it.forget();
    it.tell(1, "BOB", "psst");
    CHECK(it.heard(1) == lines{"said alice lobby bob: psst"});
    CHECK(it.heard(2) == lines{"said alice lobby bob: psst"});
    CHECK(it.heard(3).empty());
    CHECK(it.heard(4).empty());
    it.tell(1, "alice", "to myself");
    CHECK(it.heard(1) == lines{"said alice lobby alice: to myself"});
}

TEST_CASE("what is said to one member has no number, and is kept nowhere") {
    hall::options options;
    options.history = 10;
    std::vector<std::string> recorded;
    options.record = [&](std::string_view frame) {
        recorded.emplace_back(frame);
        return true;
    };
    house it(options);
    it.join(1, "alice");
    it.join(2, "bob");
    it.say(1, "one");
    const json before = it.rooms.snapshot();
    it.tell(1, "bob", "psst");
    CHECK(it.rooms.snapshot() == before);
    it.say(1, "two");
    CHECK(recorded.size() == 2);
    it.join(3, "carol");
    CHECK(it.heard(3) == lines{"welcome carol lobby 2 +alice +bob +carol",
                               "said alice lobby 1: one", "said alice lobby 2: two"});
}

TEST_CASE("what is said to nobody, by nobody or at too great length is refused, and not said") {
    hall::options options;
    options.max_frame = 200;
    house it(options);
    event stray = event_of("tell", 1);
    stray.nick = "bob";
    it.apply(stray, "psst");
    CHECK(it.heard(1) == lines{"error not_joined"});
    it.join(1, "alice");
    it.join(2, "bob");
    it.join(3, "carol", "elsewhere");
    it.forget();
    event what = event_of("tell", 1);
    what.nick = "carol";
    what.id = "mine";
    it.apply(what, "psst");
    CHECK(it.heard(1) == lines{"error no_such_nick mine"});
    it.tell(1, "bob", std::string(200, 'x'));
    CHECK(it.heard(1) == lines{"error too_long"});
    CHECK(it.heard(2).empty());
    CHECK(it.heard(3).empty());
}

TEST_CASE("what is said to one member reaches it from another server, and nobody else there") {
    house here;
    event alice = join_of(1, "alice");
    alice.server = "there";
    here.apply(alice);
    here.join(2, "bob");
    here.join(3, "carol");
    here.forget();
    event what = event_of("tell", 1);
    what.server = "there";
    what.nick = "bob";
    here.apply(what, "psst");
    CHECK(here.heard(2) == lines{"said alice lobby bob: psst"});
    CHECK(here.heard(3).empty());
}

TEST_CASE("each room counts its own messages, without a gap") {
    house it;
    it.join(1, "alice", "one");
    it.join(2, "bob", "two");
    it.forget();
    for (const char* text : {"a", "b", "c"}) {
        it.say(1, text);
        it.say(2, text);
    }
    CHECK(it.heard(1) ==
          lines{"said alice one 1: a", "said alice one 2: b", "said alice one 3: c"});
    CHECK(it.heard(2) == lines{"said bob two 1: a", "said bob two 2: b", "said bob two 3: c"});
    it.join(3, "carol", "one");
    CHECK(it.heard(3).at(0) == "welcome carol one 3 +alice +carol");
}

TEST_CASE("who moves has left the old room before the new one welcomes it") {
    house it;
    it.join(1, "alice", "old");
    it.join(2, "bob", "old");
    it.join(3, "carol", "new");
    it.forget();
    event what = event_of("join", 1);
    what.room = "new";
    it.apply(what);
    CHECK(it.heard(1) == lines{"welcome alice new 0 +alice +carol"});
    CHECK(it.heard(2) == lines{"left alice old moved"});
    CHECK(it.heard(3) == lines{"joined alice new"});
    it.say(2, "old");
    it.say(3, "new");
    it.say(1, "me");
    CHECK(it.heard(1) == lines{"said carol new 1: new", "said alice new 2: me"});
    CHECK(it.heard(2) == lines{"said bob old 1: old"});
    CHECK(it.rooms.members() == 3);
}

TEST_CASE("who moves may take another nickname, and the old room knows the old one") {
    house it;
    it.join(1, "alice", "old");
    it.join(2, "bob", "old");
    it.join(3, "alice", "new");
    it.forget();
    it.join(1, "al", "new");
    CHECK(it.heard(1) == lines{"welcome al new 0 +al +alice"});
    CHECK(it.heard(2) == lines{"left alice old moved"});
    CHECK(it.heard(3) == lines{"joined al new"});
    it.join(4, "alice", "old"); // is free again
    CHECK(it.heard(4) == lines{"welcome alice old 0 +alice +bob"});
}

TEST_CASE("a move that is refused leaves all as it was") {
    house it;
    it.join(1, "alice", "old");
    it.join(2, "bob", "old");
    it.join(3, "Alice", "taken");
    it.forget();
    it.join(1, "alice", "taken");
    CHECK(it.heard(1) == lines{"error nick_taken"});
    event what = join_of(1, "alice", "full");
    what.max_members = 1;
    it.join(4, "dora", "full");
    it.forget();
    it.apply(what);
    CHECK(it.heard(1) == lines{"error room_full"});
    it.say(1, "still here");
    CHECK(it.heard(2) == lines{"said alice old 1: still here"});
    CHECK(it.heard(3).empty());
    CHECK(it.heard(4).empty());
}

TEST_CASE("a join to one's own room is a welcome more, and no joined or left") {
    house it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.say(2, "x");
    it.forget();
    it.join(1, "alice");
    CHECK(it.heard(1) == lines{"welcome alice lobby 1 +alice +bob"});
    CHECK(it.heard(2).empty());
    it.join(1, "al");
    CHECK(it.heard(1) == lines{"renamed alice al lobby", "welcome al lobby 1 +al +bob"});
    CHECK(it.heard(2) == lines{"renamed alice al lobby"});
    event what = join_of(1, "al");
    what.max_members = 1; // it is in already
    it.apply(what);
    CHECK(it.heard(1) == lines{"welcome al lobby 1 +al +bob"});
}

TEST_CASE("a nickname is one member's in its room, whatever the case and the accents") {
    house it;
    it.join(1, "Zo\xc3\xab");
    for (const char* same : {"Zo\xc3\xab", "zO\xc3\xab", "zoe\xcc\x88"}) {
        it.join(2, same);
        CHECK(it.heard(2) == lines{"error nick_taken"});
    }
    it.join(2, "zoe");
    it.join(3, "zo\xc3\xab", "elsewhere"); // another room, another matter
    CHECK(it.heard(2).size() == 1);
    CHECK(it.heard(3).size() == 1);
    it.rename(2, "ZOE\xcc\x88"); // \xc3\x8b, no ASCII letter any more
    CHECK(it.heard(2) == lines{"renamed zoe ZOE\xcc\x88 lobby"});
    it.rename(2, "zoe\xcc\x88");
    CHECK(it.heard(2) == lines{"error nick_taken"});
    CHECK(it.rooms.members() == 3);
}

TEST_CASE("a new nickname is told to all, and frees the old one") {
    house it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.forget();
    it.rename(1, "al");
    CHECK(it.heard(1) == lines{"renamed alice al lobby"});
    CHECK(it.heard(2) == lines{"renamed alice al lobby"});
    it.rename(2, "ALICE");
    CHECK(it.heard(1) == lines{"renamed bob ALICE lobby"});
    it.rename(1, "alice");
    CHECK(it.heard(1) == lines{"error nick_taken"});
    it.rename(1, "AL"); // its own, in another case
    CHECK(it.heard(1) == lines{"renamed al AL lobby"});
    it.say(1, "x");
    CHECK(it.heard(1) == lines{"said AL lobby 1: x"});
    it.leave(1);
    it.forget();
    it.join(3, "al");
    CHECK(it.heard(3) == lines{"welcome al lobby 1 +al +ALICE"});
}

TEST_CASE("who has not joined can do nothing, and who has left neither") {
    house it;
    it.join(2, "bob");
    it.forget();
    it.say(1, "x");
    it.rename(1, "alice");
    it.leave(1);
    it.apply(event_of("join", 1));
    CHECK(it.heard(1) == lines{"error not_joined", "error not_joined", "error bad_nick"});
    it.join(1, "alice");
    it.leave(1);
    it.leave(1);
    it.forget();
    it.say(1, "x");
    CHECK(it.heard(1) == lines{"error not_joined"});
    CHECK(it.heard(2).empty());
    it.say(2, "y");
    CHECK(it.heard(2) == lines{"said bob lobby 1: y"});
    CHECK(it.heard(1).empty());
}

TEST_CASE("every event has had its turn, refused or not") {
    house it;
    it.say(1, "x");
    it.join(1, "alice");
    it.join(1, "alice");
    it.say(1, "x");
    it.rename(1, "al");
    it.leave(1);
    it.apply(event_of("dance", 1));
    CHECK(it.ears[1].turns() == 7);
}

TEST_CASE("one joined and one left a member, however it comes and goes") {
    house it;
    it.join(100, "watcher");
    std::mt19937 random(7); // NOLINT: the same every time
    std::map<std::string, int> inside;
    for (int step = 0; step != 3000; ++step) {
        const std::uint64_t who = random() % 20;
        switch (random() % 6) {
        case 0:
        case 1: it.join(who, "n" + std::to_string(random() % 25)); break;
        case 2: it.join(who, "n" + std::to_string(random() % 25), "elsewhere"); break;
        case 3: it.leave(who, "closed"); break;
        case 4: it.rename(who, "n" + std::to_string(random() % 25)); break;
        case 5: it.say(who, "x"); break;
        }
    }
    framing::reassembler<> frames;
    std::uint64_t seq = 0;
    std::size_t joins = 0;
    for (const auto& frame : frames.feed(it.ears[100].wire())) {
        const json& header = frame.header;
        if (header["type"] == "joined") CHECK(++inside[header["nick"]] == 1);
        if (header["type"] == "left") CHECK(--inside[header["nick"]] == 0);
        if (header["type"] == "renamed") {
            CHECK(--inside[header["from"]] == 0);
            CHECK(++inside[header["nick"]] == 1);
        }
        if (header["type"] == "said") {
            CHECK(header["seq"] == ++seq);
            CHECK(inside[header["from"]] == 1);
        }
        joins += header["type"] == "joined";
    }
    CHECK(joins > 200);
    CHECK(seq > 100);

    std::set<std::string> names{"watcher"};
    for (const auto& [nick, count] : inside)
        if (count != 0) names.insert(nick);
    it.rooms.tell_members({"", 100});
    framing::reassembler<> answer;
    for (const auto& frame : answer.feed(it.ears[100].wire()))
        CHECK(frame.header["members"].get<std::set<std::string>>() == names);
}

TEST_CASE("a leave says why") {
    house it;
    it.join(1, "alice");
    for (const char* reason : {"quit", "closed", "timeout", "too_slow", "flood"}) {
        it.join(2, "bob");
        it.forget();
        it.leave(2, reason);
        CHECK(it.heard(1) == lines{std::string("left bob lobby ") + reason});
        CHECK(it.heard(2).empty());
    }
    it.join(2, "bob");
    it.forget();
    it.apply(event_of("leave", 2));
    CHECK(it.heard(1) == lines{"left bob lobby closed"});
}

TEST_CASE("a full room takes nobody until somebody leaves") {
    house it;
    const auto join = [&](std::uint64_t number, const char* nick) {
        event what = join_of(number, nick);
        what.max_members = 2;
        it.apply(what);
        return it.heard(number);
    };
    join(1, "a");
    join(2, "b");
    CHECK(join(3, "c") == lines{"error room_full"});
    CHECK(join(3, "a") == lines{"error nick_taken"});
    it.leave(1);
    CHECK(join(3, "c") == lines{"welcome c lobby 0 +b +c"});
}

TEST_CASE("a newcomer is told so much of what was said as the server or it itself says") {
    hall::options options;
    options.history = 2;
    house it(options);
    it.join(1, "alice");
    for (const char* text : {"a", "b", "c"}) it.say(1, text);
    it.join(2, "bob");
    CHECK(it.heard(2) == lines{"welcome bob lobby 3 +alice +bob", "said alice lobby 2: b",
                               "said alice lobby 3: c"});
    const auto asked = [&](std::uint64_t number, std::uint64_t history) {
        event what = join_of(number, "n" + std::to_string(number));
        what.history = history;
        it.apply(what);
        return it.heard(number).size() - 1;
    };
    CHECK(asked(3, 0) == 0);
    CHECK(asked(4, 1) == 1);
    CHECK(asked(5, 3) == 3);
    CHECK(asked(6, 4) == 3);
    CHECK(asked(7, UINT64_MAX) == 3);
}

TEST_CASE("who comes back hears what it missed, exactly once") {
    house it;
    it.join(1, "alice");
    for (const char* text : {"a", "b", "c"}) it.say(1, text);
    const auto since = [&](std::uint64_t seq) {
        event what = join_of(2, "bob");
        what.since = seq;
        it.apply(what);
        lines heard = it.heard(2);
        CHECK(heard.at(0) == "welcome bob lobby 3 +alice +bob");
        heard.erase(heard.begin());
        it.leave(2);
        return heard;
    };
    CHECK(since(0) ==
          lines{"said alice lobby 1: a", "said alice lobby 2: b", "said alice lobby 3: c"});
    CHECK(since(2) == lines{"said alice lobby 3: c"});
    CHECK(since(3).empty());
    // Numbers that this room never had: it was another one.
    CHECK(since(4).size() == 3);
    CHECK(since(UINT64_MAX).size() == 3);
}

TEST_CASE("what is not kept any more is a gap, said once and before the rest") {
    hall::options options;
    options.kept.messages = 2;
    house it(options);
    it.join(1, "alice");
    for (const char* text : {"a", "b", "c", "d"}) it.say(1, text);
    const auto since = [&](std::uint64_t seq) {
        event what = join_of(2, "bob");
        what.since = seq;
        it.apply(what);
        lines heard = it.heard(2);
        heard.erase(heard.begin());
        it.leave(2);
        return heard;
    };
    const lines kept{"said alice lobby 3: c", "said alice lobby 4: d"};
    CHECK(since(2) == kept);
    CHECK(since(3) == lines{"said alice lobby 4: d"});
    CHECK(since(4).empty());
    lines all = since(0);
    CHECK(all.size() == 3);
    CHECK(since(5) == all);
    framing::reassembler<> frames;
    event what = join_of(2, "bob");
    what.since = 1;
    it.apply(what);
    CHECK(it.heard(2).at(1) == "gap 2 lobby 2");
    it.leave(2);
    it.apply(what);
    std::size_t gaps = 0;
    for (const auto& frame : frames.feed(it.ears[2].wire()))
        if (frame.header["type"] == "gap") {
            ++gaps;
            CHECK(frame.header == json{{"type", "gap"}, {"room", "lobby"}, {"from", 2}, {"to", 2}});
        }
    CHECK(gaps == 1);
}

TEST_CASE("a room that keeps nothing has gaps only") {
    hall::options options;
    options.kept.messages = 0;
    house it(options);
    it.join(1, "alice");
    it.say(1, "a");
    it.say(1, "b");
    event what = join_of(2, "bob");
    what.since = 0;
    it.apply(what);
    CHECK(it.heard(2) == lines{"welcome bob lobby 2 +alice +bob", "gap 1 lobby 2"});
    what = join_of(3, "carol");
    what.history = 10;
    it.apply(what);
    CHECK(it.heard(3).size() == 1);
}

TEST_CASE("no more bytes are kept for replays than allowed") {
    hall::options options;
    options.kept.bytes = 1000;
    house it(options);
    it.join(1, "alice");
    for (int i = 0; i != 50; ++i) it.say(1, std::string(100, 'x'));
    it.join(2, "bob");
    it.forget();
    event what = join_of(2, "bob");
    what.history = 50;
    it.apply(what);
    static_cast<void>(it.heard(1));
    const std::string replayed = it.ears[2].wire();
    CHECK(replayed.size() < 1200);
    CHECK(replayed.size() > 700);
    it.say(1, std::string(2000, 'x')); // too large to be kept at all
    it.forget();
    it.apply(what);
    CHECK(it.heard(2).size() == 1);
}

TEST_CASE("what is kept of all rooms together is bounded") {
    hall::options options;
    options.kept.in_all = 10'000;
    house it(options);
    it.join(1, "alice", "a");
    it.say(1, "old");
    it.join(2, "bob", "b");
    for (int i = 0; i != 50; ++i) it.say(2, std::string(100, 'x'));
    it.forget();
    event what = join_of(1, "alice", "a");
    what.since = 0;
    it.apply(what);
    CHECK(it.heard(1) == lines{"welcome alice a 1 +alice", "gap 1 a 1"});
}

TEST_CASE("long lists of names come in pieces, all of them once") {
    hall::options options;
    options.names_bytes = 100;
    house it(options);
    std::set<std::string> names;
    for (std::uint64_t i = 0; i != 50; ++i) {
        names.insert("nick" + std::to_string(i));
        it.join(i, "nick" + std::to_string(i));
    }
    it.forget();
    std::optional<std::string> from = std::string();
    while ((from = it.rooms.tell_members({"", 7}, *from))) CHECK(names.contains(*from));
    framing::reassembler<> frames;
    std::multiset<std::string> told;
    bool more = true;
    for (const auto& frame : frames.feed(it.ears[7].wire())) {
        CHECK(frame.header["type"] == "members");
        CHECK(frame.header["members"].dump().size() <= 102);
        CHECK(more);
        more = frame.header.value("more", false);
        for (const json& name : frame.header["members"]) told.insert(name);
    }
    CHECK_FALSE(more);
    CHECK(std::ranges::equal(told, names));
    it.join(50, "newcomer");
    const lines welcome = it.heard(50);
    CHECK(welcome.size() == 1);
    CHECK(welcome.at(0).ends_with(" ..."));
    CHECK_FALSE(it.rooms.tell_members({"", 99})); // nobody
}

TEST_CASE("names that take the most bytes still fit in a message") {
    house it;
    const std::string room(32, '"');
    for (std::uint64_t i = 0; i != 1200; ++i) {
        std::string nick(32, '"');
        for (std::size_t bit = 0; bit != 11; ++bit)
            if ((i >> bit & 1u) != 0) nick[bit] = '\\';
        it.rooms.apply(join_of(i, nick, room), {}, {}); // without an ear
    }
    it.join(5000, "last", room);
    CHECK(it.heard(5000).size() == 1);
    CHECK(it.rooms.tell_members({"", 5000}));
    CHECK(it.heard(5000).size() == 1);
}

TEST_CASE("a message that cannot be kept is refused, and takes no number") {
    bool works = true;
    std::vector<std::string> kept;
    hall::options options;
    options.record = [&](std::string_view frame) {
        if (works) kept.emplace_back(frame);
        return works;
    };
    house it(options);
    it.join(1, "alice");
    it.join(2, "bob");
    it.say(1, "a");
    it.forget();
    works = false;
    it.say(1, "b");
    CHECK(it.heard(1) == lines{"error unavailable"});
    CHECK(it.heard(2).empty());
    works = true;
    it.say(1, "c");
    CHECK(it.heard(2) == lines{"said alice lobby 2: c"});
    CHECK(kept.size() == 2);
    CHECK(kept.back() == it.ears[1].wire());
    event what = join_of(3, "carol");
    what.since = 0;
    it.apply(what);
    CHECK(it.heard(3).size() == 3);
}

TEST_CASE("only what was said is kept, before anyone hears it") {
    house* inside = nullptr;
    hall::options options;
    std::size_t calls = 0;
    options.record = [&](std::string_view) {
        ++calls;
        CHECK(inside->heard(1).empty());
        return true;
    };
    house it(options);
    inside = &it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.rename(2, "bo");
    it.leave(2);
    CHECK(calls == 0);
    it.forget();
    it.say(1, "a");
    CHECK(calls == 1);
    CHECK(it.heard(1).size() == 1);
}

TEST_CASE("a message that gets larger than members take is too long") {
    hall::options options;
    options.max_frame = 200;
    house it(options);
    it.join(1, "alice");
    it.join(2, "bob");
    it.forget();
    it.say(1, std::string(200, 'x'));
    CHECK(it.heard(1) == lines{"error too_long"});
    it.say(1, "short");
    CHECK(it.heard(2) == lines{"said alice lobby 1: short"});
}

TEST_CASE("a room that was never spoken in is forgotten, another keeps its number") {
    house it;
    it.join(1, "alice", "quiet");
    it.join(2, "bob", "loud");
    it.say(2, "x");
    CHECK(it.rooms.rooms() == 2);
    it.leave(1);
    it.leave(2);
    CHECK(it.rooms.rooms() == 1);
    it.forget();
    it.join(2, "bob", "loud");
    CHECK(it.heard(2) == lines{"welcome bob loud 1 +bob"});
    event what = join_of(1, "alice", "tiny");
    what.max_members = 0; // no limit
    it.apply(what);
    CHECK(it.heard(1) == lines{"welcome alice tiny 0 +alice"});
}

TEST_CASE("where there are too many rooms, the one that nobody has used for longest goes") {
    hall::options options;
    options.max_rooms = 3;
    house it(options);
    for (const char* room : {"c", "b", "a"}) {
        it.join(1, "alice", room);
        it.say(1, "x");
    }
    it.leave(1);
    it.join(2, "bob", "c"); // to join is to use
    it.leave(2);
    it.join(1, "alice", "d");
    CHECK(it.rooms.rooms() == 3);
    it.forget();
    it.join(1, "alice", "c");
    it.join(1, "alice", "a");
    CHECK(it.heard(1) == lines{"welcome alice c 1 +alice", "welcome alice a 1 +alice"});
    event what = join_of(1, "alice", "b"); // had been given up
    what.history = 5;
    it.apply(what);
    CHECK(it.heard(1).size() == 1);
}

TEST_CASE("a room in which somebody speaks is used, and one with members stays") {
    hall::options options;
    options.max_rooms = 3;
    house it(options);
    it.join(1, "alice", "a");
    it.join(2, "bob", "b");
    it.join(3, "carol", "c");
    for (const std::uint64_t who : {3u, 2u, 1u}) it.say(who, "x");
    it.leave(1);
    it.leave(2);
    it.join(4, "dora", "d");
    it.forget();
    it.join(4, "dora", "a");
    it.join(4, "dora", "c");
    CHECK(it.heard(4) == lines{"welcome dora a 1 +dora", "welcome dora c 1 +carol +dora"});
}

TEST_CASE("where all rooms are in use, there is none for one more") {
    hall::options options;
    options.max_rooms = 2;
    house it(options);
    it.join(1, "alice", "one");
    it.join(2, "bob", "two");
    it.forget();
    it.join(3, "carol", "three");
    CHECK(it.heard(3) == lines{"error room_full"});
    it.join(3, "carol", "two");
    CHECK(it.heard(3) == lines{"welcome carol two 0 +bob +carol"});
    it.forget();
    it.join(3, "carol", "three");
    CHECK(it.heard(3) == lines{"error room_full"});
    it.say(3, "still here");
    CHECK(it.heard(2) == lines{"said carol two 1: still here"});
}

TEST_CASE("a server that is gone takes its members along") {
    hall rooms;
    helpers::ear here;
    rooms.attach({"a", 1}, here);
    const auto apply = [&](event what, const char* server, std::string_view text = {}) {
        what.server = server;
        rooms.apply(what, text, {});
    };
    apply(join_of(1, "alice"), "a");
    apply(join_of(1, "bob"), "b"); // the same number elsewhere is another member
    apply(join_of(2, "carol"), "b");
    CHECK(rooms.servers() == std::set<std::string>{"a", "b"});
    static_cast<void>(here.wire());
    apply(event_of("gone", 0), "b");
    CHECK(helpers::lines_of(here.wire()) ==
          lines{"left bob lobby timeout", "left carol lobby timeout"});
    CHECK(rooms.servers() == std::set<std::string>{"a"});
    CHECK(rooms.members() == 1);
}

TEST_CASE("who is detached hears nothing more, and is a member until it leaves") {
    house it;
    it.join(1, "alice");
    it.join(2, "bob");
    it.forget();
    it.rooms.detach({"", 1});
    it.say(2, "x");
    CHECK(it.heard(1).empty());
    it.join(3, "alice");
    CHECK(it.heard(3) == lines{"error nick_taken"});
    it.leave(1);
    CHECK(it.heard(2) == lines{"said bob lobby 1: x", "left alice lobby quit"});
    it.rooms.detach({"", 1}); // again
    it.rooms.detach({"", 77});
}

TEST_CASE("an announcement reaches all, also those in no room") {
    house it;
    it.join(1, "alice");
    it.say(2, "x");
    it.forget();
    it.rooms.announce({{"type", "bye"}});
    CHECK(it.heard(1) == lines{"bye"});
    CHECK(it.heard(2) == lines{"bye"});
}

namespace {

/// Random events of two servers' members, as a journal may bring them.
std::pair<event, std::string> anything(std::mt19937& random) {
    static constexpr const char* types[] = {"join", "join", "say", "say", "say", "nick", "leave"};
    event what = event_of(types[random() % std::size(types)], random() % 10);
    what.server = random() % 2 == 0 ? "a" : "b";
    if (random() % 200 == 0) what.type = "gone";
    if (what.type == "nick" || (what.type == "join" && random() % 4 != 0))
        what.nick = "N" + std::to_string(random() % 15);
    if (what.type == "join") what.room = "r" + std::to_string(random() % 4);
    if (what.type == "join" && random() % 3 == 0) what.since = random() % 20;
    if (what.type == "join" && random() % 3 == 0) what.history = random() % 5;
    if (what.type == "join") what.max_members = 6;
    if (what.type == "leave") what.reason = "quit";
    return {what, std::string(1 + random() % 40, 'x')};
}

/// All members of both servers, as one of the servers may have them.
struct audience {
    explicit audience(hall& rooms) {
        for (const char* server : {"a", "b"})
            for (std::uint64_t number = 0; number != 10; ++number)
                rooms.attach({server, number}, ears[{server, number}]);
    }
    std::map<chat::member_id, helpers::ear> ears;
};

} // namespace

TEST_CASE("whoever has the same events tells the same, byte for byte") {
    hall::options options;
    options.kept.messages = 10;
    options.max_rooms = 3;
    hall one(options);
    hall two(options);
    audience first(one);
    audience second(two);
    std::mt19937 random(11); // NOLINT
    for (int step = 0; step != 5000; ++step) {
        const auto [what, text] = anything(random);
        one.apply(what, text, timestamp(step));
        two.apply(what, text, timestamp(step));
    }
    std::size_t bytes = 0;
    for (auto& [id, each] : first.ears) {
        const std::string heard = each.wire();
        bytes += heard.size();
        CHECK(heard == second.ears[id].wire());
    }
    CHECK(bytes > 100'000);
    CHECK(one.snapshot() == two.snapshot());
}

TEST_CASE("what a hall tells does not depend on who listens where") {
    // Two servers, each with its own members connected to it.
    hall::options options;
    options.max_rooms = 3;
    hall both(options);
    hall half(options);
    audience all(both);
    std::map<std::uint64_t, helpers::ear> some;
    for (std::uint64_t number = 0; number != 10; ++number) half.attach({"b", number}, some[number]);
    std::mt19937 random(13); // NOLINT
    for (int step = 0; step != 3000; ++step) {
        const auto [what, text] = anything(random);
        both.apply(what, text, timestamp(step));
        half.apply(what, text, timestamp(step));
    }
    for (auto& [number, each] : some) CHECK(each.wire() == all.ears[{"b", number}].wire());
}

TEST_CASE("a hall from a snapshot has the same future") {
    hall::options options;
    options.kept.messages = 0; // what was said before is not in it
    options.max_rooms = 3;
    for (const int moment : {0, 1, 10, 100, 777}) {
        hall one(options);
        audience first(one);
        std::mt19937 random(17); // NOLINT
        for (int step = 0; step != moment; ++step) {
            const auto [what, text] = anything(random);
            one.apply(what, text, timestamp(step));
        }
        for (auto& [id, each] : first.ears) static_cast<void>(each.wire());

        hall two(options);
        audience second(two);
        two.apply(join_of(3, "stale", "stale"), {}, {}); // which the snapshot replaces
        for (auto& [id, each] : second.ears) static_cast<void>(each.wire());
        two.load(json::parse(one.snapshot().dump()));
        CHECK(two.snapshot() == one.snapshot());
        CHECK(two.members() == one.members());
        CHECK(two.servers() == one.servers());
        for (int step = moment; step != moment + 1000; ++step) {
            const auto [what, text] = anything(random);
            one.apply(what, text, timestamp(step));
            two.apply(what, text, timestamp(step));
        }
        for (auto& [id, each] : first.ears) CHECK(each.wire() == second.ears[id].wire());
        CHECK(two.snapshot() == one.snapshot());
    }
}

TEST_CASE("what is no snapshot is said") {
    for (const char* bad : {R"([{}])", R"([{"room":1}])", R"([{"room":"a","seq":"x"}])",
                            R"([{"room":"a","seq":1,"last_used":0,"members":[{"nick":"a"}]}])"}) {
        hall rooms;
        CHECK_THROWS_AS(rooms.load(json::parse(bad)), json::exception);
    }
}

TEST_CASE("messages of former times are taken back, in their order only") {
    std::vector<std::string> kept;
    hall::options options;
    options.record = [&](std::string_view frame) {
        kept.emplace_back(frame);
        return true;
    };
    house before(options);
    before.join(1, "alice");
    before.join(2, "bob", "elsewhere");
    for (const char* text : {"a", "b"}) {
        before.say(1, text);
        before.say(2, text);
    }
    house after;
    const auto restore = [&](std::string_view frame) {
        framing::reassembler<> frames;
        bool result = false;
        for (const auto& each : frames.feed(frame))
            result = after.rooms.restore(each.header, std::string(frame));
        return result;
    };
    for (const std::string& frame : kept) CHECK(restore(frame));
    CHECK_FALSE(restore(kept.back()));
    CHECK(after.rooms.members() == 0);
    event what = join_of(1, "carol");
    what.since = 0;
    after.apply(what);
    CHECK(after.heard(1) ==
          lines{"welcome carol lobby 2 +carol", "said alice lobby 1: a", "said alice lobby 2: b"});
    after.say(1, "c");
    CHECK(after.heard(1) == lines{"said carol lobby 3: c"});
}

TEST_CASE("what was never said cannot be taken back") {
    hall rooms;
    for (const char* bad :
         {R"({})", R"({"type":"joined","room":"a","seq":1})", R"({"type":"said","seq":1})",
          R"({"type":"said","room":"a"})", R"({"type":"said","room":"a","seq":-1})",
          R"({"type":"said","room":"a","seq":1.5})", R"({"type":"said","room":"a b","seq":1})",
          R"({"type":"said","room":7,"seq":1})"})
        CHECK_FALSE_MESSAGE(rooms.restore(json::parse(bad), "frame"), bad);
    CHECK_FALSE(rooms.restore(json{{"type", "said"}, {"room", "a"}, {"seq", 0}}, "frame"));
    CHECK(rooms.rooms() == 0);
}
