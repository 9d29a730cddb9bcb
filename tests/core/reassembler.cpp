// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/decoder.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using framing::errc;
using framing::frame_part;
using helpers::frame_with;
using helpers::raw_frame;

using reassembler = framing::reassembler<framing::header_view>;
using texts = std::vector<std::string>;

std::string wire_of(const texts& bodies) {
    std::string wire;
    for (const std::string& body : bodies) wire += frame_with(body);
    return wire;
}
const texts some_bodies{"one", "", "three", std::string(40, '4'), "five"};

texts bodies_of(reassembler::frames&& frames) {
    texts bodies;
    for (const auto& frame : frames) bodies.emplace_back(frame.text());
    return bodies;
}
texts operator+(texts left, const texts& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// What recv does: writes into the room there is. Returns: how much.
std::size_t receive(reassembler& incoming, std::string_view bytes) {
    const auto room = incoming.prepare(bytes.size() + 7);
    REQUIRE(room.size() == bytes.size() + 7);
    std::ranges::copy(std::as_bytes(std::span(bytes)), room.begin());
    return bytes.size();
}

/// Calls `what(incoming, rest, delivered)` at each byte of a stream of some_bodies, when all before
/// it was fed and came to the bodies `delivered`, and `rest` is yet to come.
template <class What>
void at_each_cut(What what) {
    const std::string wire = wire_of(some_bodies);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        reassembler incoming;
        const texts delivered = bodies_of(incoming.feed(wire.substr(0, cut)));
        what(incoming, std::string_view(wire).substr(cut), delivered);
    }
}

} // namespace

TEST_CASE("an empty feed changes nothing, wherever the stream stands") {
    at_each_cut([](reassembler& incoming, std::string_view rest, const texts& delivered) {
        const std::size_t buffered = incoming.buffered();
        for (int i = 0; i < 3; ++i) {
            CHECK(bodies_of(incoming.feed(""sv)).empty());
            CHECK(bodies_of(incoming.feed(std::string())).empty());
            CHECK(bodies_of(incoming.commit(0)).empty());
            CHECK(incoming.prepare(0).empty());
        }
        CHECK(incoming.buffered() == buffered);
        CHECK(delivered + bodies_of(incoming.feed(rest)) == some_bodies);
        CHECK_FALSE(incoming.finish());
    });
}

TEST_CASE("the end of a stream is clean between frames and names what it cuts inside one") {
    const std::string wire = frame_with("hello");
    constexpr std::size_t header = 15;
    constexpr std::size_t head = framing::prefix_size + header;
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        reassembler incoming;
        CHECK(bodies_of(incoming.feed(frame_with("before"))).size() == 1);
        (void)incoming.feed(wire.substr(0, cut)); // never looped over
        const framing::fault fault = incoming.finish();
        if (cut == 0 || cut == wire.size()) {
            CHECK_FALSE(fault);
            continue;
        }
        CHECK(fault == errc::truncated);
        CHECK(fault.offset == frame_with("before").size());
        CHECK(fault.frame == 1);
        CHECK(fault.limit == 0);
        CHECK(fault.part == (cut < 4      ? frame_part::length
                             : cut < head ? frame_part::header
                                          : frame_part::body));
        CHECK(fault.declared == (cut < 4 ? 4 : cut < head ? header : 5));
        CHECK(fault.position == (cut < 4 ? cut : cut < head ? cut - 4 : cut - head));
    }
}

TEST_CASE("finishing twice says the same, and what is fed after a cut is refused") {
    at_each_cut([](reassembler& incoming, std::string_view rest, const texts& delivered) {
        const framing::fault first = incoming.finish();
        CHECK(incoming.finish().message() == first.message());
        if (first) {
            const std::size_t buffered = incoming.buffered();
            for (int i = 0; i < 2; ++i) (void)incoming.feed(rest.substr(0, 1));
            CHECK(incoming.buffered() == buffered);
        }
        const texts more = bodies_of(incoming.feed(rest));
        CHECK(incoming.error().message() == first.message());
        if (first)
            CHECK(more.empty());
        else
            CHECK(delivered + more == some_bodies);
    });
}

TEST_CASE("finish says nothing while frames are still to come") {
    reassembler incoming;
    (void)incoming.feed(wire_of(some_bodies) + "\0\0"s);
    CHECK_FALSE(incoming.finish());
    CHECK(bodies_of(incoming.feed(""sv)) == some_bodies);
    CHECK(incoming.finish() == errc::truncated);
    CHECK(incoming.error().frame == some_bodies.size());
}

TEST_CASE("frames whole in bytes that live on are counted as any others") {
    const std::string good = frame_with("first, long enough") + frame_with("second, long enough");
    const std::string wire = good + "\0\0\0\0"s;
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(wire)).size() == 2);
    CHECK(incoming.error() == errc::empty_header);
    CHECK(incoming.error().frame == 2);
    CHECK(incoming.error().offset == good.size());
}

TEST_CASE("finish finds the fault in what was never looped over") {
    reassembler incoming;
    (void)incoming.feed(raw_frame("[]"));
    CHECK(incoming.finish() == errc::invalid_header);
}

namespace {
template <class T>
constexpr bool takes_empty_braces = requires(T& object) {
    object.feed({});
};
} // namespace

TEST_CASE("frames left by a loop can be had by feeding {}") {
    CHECK(takes_empty_braces<reassembler>);
}

TEST_CASE("a reset leaves no residue, wherever the stream stands") {
    at_each_cut([](reassembler& incoming, std::string_view, const texts&) {
        incoming.reset();
        CHECK(incoming.buffered() == 0);
        CHECK(bodies_of(incoming.feed(wire_of(some_bodies))) == some_bodies);
        CHECK_FALSE(incoming.finish());
        CHECK(bodies_of(incoming.feed("\0\0\0\0"sv)).empty());
        CHECK(incoming.error().frame == some_bodies.size()); // counted from the reset on
        incoming.reset();
        CHECK_FALSE(incoming.error());
        CHECK(bodies_of(incoming.feed(wire_of(some_bodies))) == some_bodies);
    });
}

TEST_CASE("a reset drops the frames that a loop has left") {
    reassembler incoming;
    (void)incoming.feed(wire_of(some_bodies));
    incoming.reset();
    CHECK(bodies_of(incoming.feed(frame_with("new"))) == texts{"new"});
}

TEST_CASE("a move takes the stream along and leaves a new one, wherever it stands") {
    at_each_cut([](reassembler& incoming, std::string_view rest, const texts& delivered) {
        reassembler constructed(std::move(incoming));
        CHECK(incoming.buffered() == 0); // NOLINT(bugprone-use-after-move): as new
        CHECK(bodies_of(incoming.feed(frame_with("source"))) == texts{"source"});
        CHECK_FALSE(incoming.finish());

        reassembler assigned;
        (void)assigned.feed("\0\0\0\0 an error to be overwritten"sv);
        assigned = std::move(constructed);
        reassembler& self = assigned;
        assigned = std::move(self);
        CHECK(delivered + bodies_of(assigned.feed(rest)) == some_bodies);
        CHECK_FALSE(assigned.finish());
    });
}

TEST_CASE("a move takes limits and error along") {
    reassembler strict({.max_header_size = 2});
    CHECK(bodies_of(strict.feed(raw_frame("{}") + raw_frame("{ }"))).size() == 1);
    reassembler target(std::move(strict));
    CHECK(target.error() == errc::header_too_large);
    CHECK(target.error().frame == 1);
    CHECK_FALSE(strict.error()); // NOLINT(bugprone-use-after-move): as new, but for the limits
    CHECK(bodies_of(strict.feed(raw_frame("{ }"))).empty());
    CHECK(strict.error() == errc::header_too_large);

    reassembler assigned;
    assigned = reassembler({.max_body_size = 30});
    CHECK(bodies_of(
              assigned.feed(frame_with(std::string(30, 'x')) + frame_with(std::string(31, 'x'))))
              .size() == 1);
    CHECK(assigned.error() == errc::body_too_large);
}

TEST_CASE("a header read before a move is delivered after it") {
    framing::reassembler<chat> incoming;
    const std::string wire = raw_frame(
        R"({"type":"a long string, not in place","from":"b","seq":7,"body_size":3})", "abc");
    for (const auto& frame : incoming.feed(wire.substr(0, wire.size() - 1))) FAIL(frame.text());
    framing::reassembler<chat> target(std::move(incoming));
    for (const auto& frame : target.feed(wire.substr(wire.size() - 1)))
        CHECK(frame.header == chat{"a long string, not in place", "b", 7});
    CHECK(target.buffered() == 0);
}

TEST_CASE("what a loop left by break did not see comes first next time") {
    for (const std::size_t split : {std::size_t{0}, std::size_t{9}, std::size_t{60}}) {
        const std::string wire = wire_of(some_bodies);
        for (std::size_t seen = 1; seen <= some_bodies.size(); ++seen) {
            CAPTURE(split);
            CAPTURE(seen);
            reassembler incoming;
            texts bodies = bodies_of(incoming.feed(wire.substr(0, split)));
            for (const auto& frame : incoming.feed(wire.substr(split))) {
                bodies.emplace_back(frame.text());
                if (bodies.size() >= seen) break;
            }
            CHECK_FALSE(incoming.finish());
            CHECK(bodies + bodies_of(incoming.feed(frame_with("next"))) ==
                  some_bodies + texts{"next"});
            CHECK(incoming.buffered() == 0);
        }
    }
}

TEST_CASE("what a loop left by an exception did not see comes first next time") {
    const std::string wire = wire_of(some_bodies);
    for (std::size_t seen = 1; seen <= some_bodies.size(); ++seen) {
        CAPTURE(seen);
        reassembler incoming;
        texts bodies;
        const auto loop = [&](reassembler::frames&& frames) {
            for (const auto& frame : frames) {
                bodies.emplace_back(frame.text());
                if (bodies.size() == seen) throw std::runtime_error("left");
            }
        };
        const std::size_t size = receive(incoming, wire);
        CHECK_THROWS_AS(loop(incoming.commit(size)), std::runtime_error);
        CHECK(bodies + bodies_of(incoming.feed(frame_with("next"))) == some_bodies + texts{"next"});
        CHECK_FALSE(incoming.finish());
    }
}

TEST_CASE("one frame a loop is as good as one loop") {
    reassembler incoming;
    texts bodies;
    for (const char byte : wire_of(some_bodies) + wire_of(some_bodies))
        for (const auto& frame : incoming.feed(std::span(&byte, 1))) {
            bodies.emplace_back(frame.text());
            break;
        }
    CHECK(bodies == some_bodies + some_bodies);

    (void)incoming.feed(wire_of(some_bodies));
    for (const std::string& body : some_bodies)
        for (const auto& frame : incoming.feed(""sv)) {
            CHECK(frame.text() == body);
            break;
        }
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("a fault behind frames that a loop has left waits for them") {
    reassembler incoming;
    for (const auto& frame : incoming.feed(wire_of(some_bodies) + "\0\0\0\0"s)) {
        CHECK(frame.text() == some_bodies.front());
        break;
    }
    CHECK_FALSE(incoming.error());
    CHECK_FALSE(incoming.finish());
    CHECK(bodies_of(incoming.feed("ignored"sv)).size() == some_bodies.size() - 1);
    CHECK(incoming.error() == errc::empty_header);
}

TEST_CASE("a feed that is never looped over is kept") {
    reassembler incoming;
    for (const std::string& body : some_bodies) (void)incoming.feed(frame_with(body));
    CHECK(incoming.buffered() == wire_of(some_bodies).size());
    CHECK(bodies_of(incoming.feed(""sv)) == some_bodies);
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("a temporary that owns its bytes is copied: it is gone when the loop begins") {
    reassembler incoming;
    const std::string body = "a body too long to lie in a short string";
    const std::string wire = frame_with(body);
    const auto constant = [&]() -> const std::string { return wire; };
    std::string moved = wire;
    texts bodies;
    for (const auto& frame : incoming.feed(std::string(wire))) bodies.emplace_back(frame.text());
    for (const auto& frame : incoming.feed(std::vector<char>(wire.begin(), wire.end())))
        bodies.emplace_back(frame.text());
    for (const auto& frame : incoming.feed(constant())) bodies.emplace_back(frame.text());
    for (const auto& frame : incoming.feed(std::move(moved))) bodies.emplace_back(frame.text());
    for (const auto& frame : incoming.feed(std::array<char, 6>{0, 0, 0, 2, '{', '}'}))
        bodies.emplace_back(frame.text());
    CHECK(bodies == texts{body, body, body, body, ""});
}

TEST_CASE("frames whole in bytes that live on are views of them") {
    reassembler incoming;
    const std::string wire = frame_with("first") + frame_with("second");
    const std::vector<unsigned char> lvalue(wire.begin(), wire.end());
    const auto check = [&](const void* input, reassembler::frames&& frames) {
        std::size_t end = 0;
        for (const auto& frame : frames) {
            end += framing::prefix_size + frame.header.text().size();
            CHECK(frame.body.data() == static_cast<const std::byte*>(input) + end);
            CHECK(frame.header.text().data() + frame.header.text().size() == frame.text().data());
            end += frame.body.size();
        }
        CHECK(end == wire.size());
        CHECK(incoming.buffered() == 0);
    };
    check(wire.data(), incoming.feed(wire));
    check(wire.data(), incoming.feed(std::string_view(wire)));
    check(wire.data(), incoming.feed(std::span(wire)));
    check(wire.data(), incoming.feed(std::as_bytes(std::span(wire))));
    check(lvalue.data(), incoming.feed(lvalue));
    check(lvalue.data(), incoming.feed(std::span(lvalue)));
}

TEST_CASE("only the frame that straddles two feeds is copied") {
    const std::string wire = wire_of({"one", "two", "three"});
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(wire.substr(0, 5))).empty());
    const std::string rest = wire.substr(5);
    texts copied;
    for (const auto& frame : incoming.feed(rest))
        if (rest.data() + rest.find(frame.text()) != frame.text().data())
            copied.emplace_back(frame.text());
    CHECK(copied == texts{"one"});
}

TEST_CASE("a literal is fed without its NUL, an array with all it has") {
    reassembler incoming;
    CHECK(bodies_of(incoming.feed("\0\0\0\2{}")) == texts{""});
    CHECK(bodies_of(incoming.feed("\0\0\0\x0f{\"body_size\":1}")).empty());
    CHECK(incoming.buffered() == 19);
    char nul[]{'\0'};
    CHECK(bodies_of(incoming.feed(nul)) == texts{"\0"s});
    CHECK(bodies_of(incoming.feed("")).empty());
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("data is fed by pointer and size") {
    const std::string wire = wire_of(some_bodies);
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(wire.data(), wire.size())) == some_bodies);
    CHECK(bodies_of(incoming.feed(nullptr, 0)).empty());
    CHECK_FALSE(incoming.finish());
}

TEST_CASE("the frames are an input range") {
    reassembler incoming;
    const std::string wire = wire_of(some_bodies);
    CHECK(std::ranges::count_if(incoming.feed(wire),
                                [](const auto& frame) { return frame.body.empty(); }) == 1);
    auto&& frames = incoming.feed(wire);
    auto at = frames.begin();
    at++;
    CHECK(at->text() == some_bodies[1]);
    CHECK((*++at).text() == some_bodies[2]);
}

namespace {

/// A view that a loop gave out, and what it said then.
struct seen {
    seen(const framing::frame<framing::header_view>& frame)
        : view(frame), body(frame.text()), header(frame.header.text()) {}

    framing::frame<framing::header_view> view;
    std::string body;
    std::string header;
};

void check_still_there(const std::vector<seen>& all) {
    for (const seen& s : all) {
        CHECK(s.view.text() == s.body);
        CHECK(s.view.header.text() == s.header);
        CHECK(s.view.header.find("body_size").get<std::uint64_t>() == s.body.size());
    }
}

} // namespace

TEST_CASE("views live through the rest of their loop, also past a fault and the block's growth") {
    const texts bodies{"a", "bb", std::string(3000, 'c'), "dddd", std::string(9000, 'e'), ""};
    const std::string frames = wire_of(bodies);
    for (const std::string& tail : {""s, "\0\0\0\0 a fault"s, "\0\0\0\xff a header begun"s}) {
        const std::string wire = frames + tail;
        for (std::size_t cut = 0; cut <= frames.size(); cut += cut < 80 ? 1 : 397)
            for (const bool looped : {true, false}) {
                CAPTURE(tail.size());
                CAPTURE(cut);
                reassembler incoming;
                // Room that the rest just does not fit into, so that its block grows in the loop.
                const std::size_t size = receive(incoming, wire.substr(0, cut));
                std::size_t before = 0;
                if (looped)
                    before = bodies_of(incoming.commit(size)).size();
                else
                    (void)incoming.commit(size);

                std::vector<seen> all;
                const helpers::pieces rest(wire.substr(cut), {});
                for (const auto& frame : incoming.feed(rest.all().front())) {
                    all.emplace_back(frame);
                    check_still_there(all);
                }
                check_still_there(all); // what the loop left has been kept
                CHECK(before + all.size() == bodies.size());
                CHECK(incoming.error() ==
                      (tail.size() > 8 && tail[3] == 0 ? errc::empty_header : errc{}));
            }
    }
}

TEST_CASE("views of kept frames live until the next feed, by whatever way they came") {
    const texts bodies{"a", "bb", std::string(3000, 'c'), "dddd"};
    const std::string wire = wire_of(bodies);
    for (std::size_t cut = 0; cut <= wire.size(); cut += cut < 90 ? 1 : 101) {
        CAPTURE(cut);
        reassembler incoming;
        std::vector<seen> all;
        const std::size_t size = receive(incoming, wire.substr(0, cut));
        for (const auto& frame : incoming.commit(size)) all.emplace_back(frame);
        check_still_there(all);
        const std::size_t first = all.size();
        all.clear();
        for (const auto& frame : incoming.feed(wire.substr(cut))) all.emplace_back(frame);
        check_still_there(all);
        CHECK(first + all.size() == bodies.size());
    }
}

TEST_CASE("a range that was looped over takes no frames of the next one") {
    const std::string a = frame_with("a");
    const std::string b = frame_with("b");
    reassembler incoming;
    auto first = incoming.feed(a);
    CHECK(bodies_of(std::move(first)) == texts{"a"});
    auto second = incoming.feed(b);
    CHECK(first.begin() == std::default_sentinel);
    CHECK(bodies_of(std::move(second)) == texts{"b"});
}

TEST_CASE("a frame that a loop stepped to and never looked at comes first next time") {
    const std::string wire = frame_with("a") + frame_with("b") + frame_with("c");
    for (int most = 0; most <= 3; ++most) {
        CAPTURE(most);
        reassembler incoming;
        texts bodies;
        {
            auto frames = incoming.feed(wire);
            // As std::views::take goes, which clang 14 cannot compile.
            std::counted_iterator frame(frames.begin(), most);
            for (; frame != std::default_sentinel; ++frame) bodies.emplace_back((*frame).text());
        }
        CHECK(bodies + bodies_of(incoming.feed(""sv)) == texts{"a", "b", "c"});
    }
}

TEST_CASE("feeds, temporaries, commits, breaks and shrinks can be mixed") {
    constexpr std::uint64_t seed = 7;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        CAPTURE(round);
        texts sent;
        for (std::size_t i = random() % 40; i != 0; --i)
            sent.emplace_back(random() % 8 == 0 ? random() % 5000 : random() % 50,
                              static_cast<char>('a' + i % 26));
        const std::string wire = wire_of(sent);
        const helpers::pieces pieces(wire, helpers::random_cuts(random, wire.size(), 60));

        reassembler incoming;
        texts bodies;
        const auto loop = [&](reassembler::frames&& frames) {
            std::vector<seen> all;
            const std::size_t most = random() % 4 == 0 ? random() % 3 : sent.size();
            if (most == 0) return;
            for (const auto& frame : frames) {
                all.emplace_back(frame);
                if (all.size() == most) break;
            }
            check_still_there(all);
            for (const seen& s : all) bodies.push_back(s.body);
        };
        for (const auto& piece : pieces.all()) {
            switch (random() % 4) {
            case 0: loop(incoming.feed(std::vector(piece))); break;
            case 1: {
                const std::size_t size =
                    receive(incoming, framing::as_text(std::as_bytes(std::span(piece))));
                loop(incoming.commit(size));
                break;
            }
            default: loop(incoming.feed(piece));
            }
            if (random() % 8 == 0) incoming.shrink();
            if (random() % 8 == 0) incoming = reassembler(std::move(incoming));
        }
        loop(incoming.feed(""sv));
        while (bodies.size() < sent.size()) {
            const std::size_t before = bodies.size();
            bodies = bodies + bodies_of(incoming.feed(""sv));
            REQUIRE(bodies.size() > before);
        }
        CHECK(bodies == sent);
        CHECK_FALSE(incoming.finish());
        CHECK(incoming.buffered() == 0);
    }
}

TEST_CASE("nothing is taken after an error") {
    // Neither is copied, as a temporary is, so that the next frame would be looked for in place.
    const std::string bad = frame_with("good") + "\0\0\0\0"s;
    const std::string good = wire_of(some_bodies);
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(bad)) == texts{"good"});
    CHECK(bodies_of(incoming.feed(good)).empty());
    const std::string message = incoming.error().message();
    CHECK(incoming.prepare(100).empty());
    CHECK(bodies_of(incoming.commit(0)).empty());
    CHECK(bodies_of(incoming.feed(wire_of(some_bodies))).empty());
    CHECK(bodies_of(incoming.feed(std::string(1000, 'x'))).empty());
    CHECK(incoming.finish().message() == message);
    incoming.shrink();
    CHECK(incoming.error().message() == message);
}

TEST_CASE("what was received when an error showed is not kept") {
    const std::string bad = raw_frame("[]");
    reassembler incoming;
    const std::span<std::byte> room = incoming.prepare(2 * bad.size());
    std::memcpy(room.data(), bad.data(), bad.size());
    static_cast<void>(incoming.commit(bad.size()));
    REQUIRE(incoming.prepare(bad.size()).size() >= bad.size());
    CHECK(incoming.next() == nullptr);
    REQUIRE(incoming.error());
    static_cast<void>(incoming.commit(bad.size()));
    CHECK(framing::as_text(incoming.unread()) == bad);
}

TEST_CASE("an error is known as soon as its bytes are there") {
    reassembler incoming;
    CHECK(bodies_of(incoming.feed("\0\0\0"sv)).empty());
    CHECK_FALSE(incoming.error());
    CHECK(bodies_of(incoming.feed("\0"sv)).empty());
    CHECK(incoming.error() == errc::empty_header);

    incoming.reset();
    CHECK(bodies_of(incoming.feed(raw_frame(R"({"body_size":16777217})"))).empty());
    CHECK(incoming.error() == errc::body_too_large);
    CHECK(incoming.error().declared == 16777217);
    CHECK(incoming.error().limit == 16777216);
}

TEST_CASE("buffered counts what is in no frame delivered") {
    const std::string wire = frame_with("one") + frame_with("two") + "\0\0"s;
    reassembler incoming;
    CHECK(incoming.buffered() == 0);
    std::size_t left = wire.size();
    for (const auto& frame : incoming.feed(wire)) {
        left -= frame_with("one").size();
        CHECK(incoming.buffered() == left);
        CHECK(frame.body.size() == 3);
    }
    CHECK(incoming.buffered() == 2);
    const std::size_t size = receive(incoming, "\0\2{"sv);
    CHECK(incoming.buffered() == 2); // not yet committed
    (void)incoming.commit(size);
    CHECK(incoming.buffered() == 5);
    CHECK(bodies_of(incoming.feed("}"sv)).size() == 1);
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("room in mid-body is the body's own place") {
    const std::string wire = frame_with(std::string(100'000, 'x'));
    reassembler incoming;
    std::size_t size = receive(incoming, std::string_view(wire).substr(0, 50'000));
    CHECK(bodies_of(incoming.commit(size)).empty());
    const auto room = incoming.prepare(wire.size() - 50'000);
    std::memcpy(room.data(), wire.data() + 50'000, room.size());
    for (const auto& frame : incoming.commit(room.size()))
        CHECK(&frame.body.back() == &room.back());
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("a limit of 0 means 0") {
    reassembler no_header({.max_header_size = 0});
    CHECK(bodies_of(no_header.feed(raw_frame("{}"))).empty());
    CHECK(no_header.error() == errc::header_too_large);

    reassembler no_body({.max_body_size = 0});
    CHECK(bodies_of(no_body.feed(raw_frame("{}") + frame_with("") + frame_with("x"))) ==
          texts{"", ""});
    CHECK(no_body.error() == errc::body_too_large);

    reassembler no_depth({.max_depth = 0});
    CHECK(bodies_of(no_depth.feed(raw_frame("{}"))).empty());
    CHECK(no_depth.error() == errc::header_too_deep);
}

TEST_CASE("the default limits hold to the byte") {
    const std::string largest(16 * 1024 * 1024, 'b');
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(frame_with(largest))) == texts{largest});
    const std::string longest = "{" + std::string(64 * 1024 - 2, ' ') + "}";
    CHECK(bodies_of(incoming.feed(raw_frame(longest))) == texts{""});
    const std::string deepest = R"({"":)" + std::string(63, '[') + std::string(63, ']') + '}';
    CHECK(bodies_of(incoming.feed(raw_frame(deepest))) == texts{""});
    CHECK(bodies_of(incoming.feed(raw_frame(' ' + longest))).empty());
    CHECK(incoming.error() == errc::header_too_large);
}

TEST_CASE("the largest limits do not wrap") {
    constexpr framing::limits unlimited{.max_header_size = std::numeric_limits<std::size_t>::max(),
                                        .max_body_size = std::numeric_limits<std::uint64_t>::max(),
                                        .max_depth = std::numeric_limits<std::size_t>::max()};
    reassembler incoming(unlimited);
    CHECK(bodies_of(incoming.feed(wire_of(some_bodies) + "\xff\xff\xff\xff{}"s)) == some_bodies);
    CHECK(incoming.finish() == errc::truncated);
    CHECK(incoming.error().declared == 0xffffffff);

    // More than memory can hold is refused at once, whatever the limit.
    constexpr std::uint64_t most = std::numeric_limits<std::size_t>::max() / 4;
    for (const std::uint64_t size :
         {most + 1, most * 2, std::numeric_limits<std::uint64_t>::max()}) {
        CAPTURE(size);
        incoming.reset();
        (void)bodies_of(incoming.feed(raw_frame(R"({"body_size":)" + std::to_string(size) + '}')));
        CHECK(incoming.error() == errc::body_too_large);
        CHECK(incoming.error().declared == size);
        CHECK(incoming.error().limit == most);
    }
    incoming.reset();
    CHECK(bodies_of(incoming.feed(raw_frame(R"({"body_size":)" + std::to_string(most) + '}', "x")))
              .empty());
    CHECK_FALSE(incoming.error());
    CHECK(incoming.finish() == errc::truncated);
    CHECK(incoming.error().declared == most);
    CHECK(incoming.error().position == 1);

    incoming.reset();
    const std::string deep = R"({"":)" + std::string(1024, '[') + std::string(1024, ']') + '}';
    CHECK(bodies_of(incoming.feed(raw_frame(deep))).empty());
    CHECK(incoming.error() == errc::header_too_deep);
    CHECK(incoming.error().limit == 1024);
}

TEST_CASE("more room than there is memory is refused, and nothing is lost") {
    reassembler incoming;
    const std::string wire = frame_with("hello");
    (void)incoming.feed(wire.substr(0, 10));
    for (const std::size_t beyond : {std::size_t{0}, std::size_t{9}, std::size_t{10}})
        CHECK_THROWS_AS((void)incoming.prepare(std::numeric_limits<std::size_t>::max() - beyond),
                        std::bad_alloc);
    CHECK(bodies_of(incoming.feed(wire.substr(10))) == texts{"hello"});
}

TEST_CASE("a delivered header can be moved out") {
    framing::reassembler<> incoming;
    std::vector<nlohmann::json> headers;
    for (auto& frame : incoming.feed(raw_frame(R"({"n":1})") + raw_frame(R"({"n":2})")))
        headers.push_back(std::move(frame.header));
    CHECK(headers == std::vector<nlohmann::json>{{{"n", 1}}, {{"n", 2}}});
}

TEST_CASE("a range may outlive its loop: the stream goes on behind it") {
    const std::string wire = frame_with("one") + frame_with("two");
    reassembler incoming;
    auto first = incoming.feed(std::string_view(wire).substr(0, wire.size() - 2));
    CHECK(bodies_of(std::move(first)) == texts{"one"});
    auto second = incoming.feed(std::string_view(wire).substr(wire.size() - 2));
    CHECK(bodies_of(std::move(second)) == texts{"two"});
    CHECK_FALSE(incoming.finish());
}

TEST_CASE("a range that dies late ends no other loop than its own") {
    const std::string wire = wire_of(some_bodies);
    reassembler incoming;
    auto late = std::unique_ptr<reassembler::frames>(
        new reassembler::frames(incoming.feed(frame_with("first"))));
    for (const auto& frame : *late) CHECK(frame.text() == "first");

    std::size_t end = 0;
    for (const auto& frame : incoming.feed(wire)) {
        late.reset();
        end += framing::prefix_size + frame.header.text().size() + frame.body.size();
        CHECK(frame.header.text().data() ==
              wire.data() + end - frame.body.size() - frame.header.text().size());
    }
    CHECK(end == wire.size());
}

TEST_CASE("what recv reports as an error commits nothing") {
    reassembler incoming;
    CHECK_FALSE(incoming.prepare(64).empty());
    CHECK(bodies_of(incoming.commit(-1)).empty());
    CHECK(incoming.buffered() == 0);
}

TEST_CASE("a reassembler is a member of a plain struct like any other") {
    struct connection {
        int descriptor = -1;
        reassembler incoming = {};
    };
    connection plain{3, {}};
    CHECK(bodies_of(plain.incoming.feed(frame_with("hello"))) == texts{"hello"});
}

TEST_CASE("bytes behind a frame can be read in another way, and the frames behind them in this") {
    const std::string wire = wire_of({"one", std::string(5000, 'x'), "three"});
    const std::size_t second = frame_with("one").size();
    for (std::size_t cut = second; cut <= wire.size(); ++cut) {
        reassembler incoming;
        for (const auto& frame : incoming.feed(std::string_view(wire).substr(0, cut))) {
            CHECK(frame.text() == "one");
            break;
        }
        REQUIRE(framing::as_text(incoming.unread()) ==
                std::string_view(wire).substr(second, cut - second));
        // A decoder takes the second frame from there.
        framing::decoder<framing::header_view> decoder;
        std::string body;
        std::string_view rest = std::string_view(wire).substr(cut);
        for (bool ended = false; !ended;) {
            const auto unread = incoming.unread();
            auto input = unread;
            framing::event event;
            while ((event = decoder.next(input)) != framing::event::need_more && !ended) {
                REQUIRE(event != framing::event::error);
                if (event == framing::event::body) body += framing::as_text(decoder.body());
                if (event == framing::event::end) {
                    ended = true;
                    break;
                }
            }
            incoming.discard(unread.size() - input.size());
            if (!ended) {
                receive(incoming, rest.substr(0, 100));
                // No loop: nothing may be looked for inside the body.
                static_cast<void>(incoming.commit(rest.substr(0, 100).size()).end());
                rest.remove_prefix(std::min<std::size_t>(100, rest.size()));
            }
        }
        CHECK(body == std::string(5000, 'x'));
        CHECK(bodies_of(incoming.feed(rest)) == texts{"three"});
        CHECK_FALSE(incoming.finish());
    }
}

TEST_CASE("a frame whose head was read can still be read in another way") {
    const std::string first = frame_with(std::string(100, 'x'));
    reassembler incoming;
    CHECK(bodies_of(incoming.feed(std::string_view(first).substr(0, 50))).empty());
    incoming.discard(50);
    CHECK(bodies_of(incoming.feed(frame_with("next"))) == texts{"next"});
}

TEST_CASE("an offset counts the bytes that were read in another way") {
    reassembler incoming;
    static_cast<void>(incoming.feed("other bytes"));
    incoming.discard(incoming.unread().size());
    CHECK(bodies_of(incoming.feed(frame_with("one") + "\0\0\0\0"s)) == texts{"one"});
    CHECK(incoming.error() == errc::empty_header);
    CHECK(incoming.error().offset == 11 + frame_with("one").size());
    CHECK(incoming.error().frame == 1);
}

TEST_CASE("frames can be asked for one by one, in a loop and behind it") {
    const std::string wire = wire_of(some_bodies);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        reassembler incoming;
        texts bodies;
        for (const auto& frame : incoming.feed(std::string_view(wire).substr(0, cut))) {
            bodies.emplace_back(frame.text());
            if (const auto* second = incoming.next()) bodies.emplace_back(second->text());
            break;
        }
        const std::size_t size = receive(incoming, std::string_view(wire).substr(cut));
        static_cast<void>(incoming.commit(size));
        while (const auto* frame = incoming.next()) bodies.emplace_back((*frame).text());
        CHECK(bodies == some_bodies);
        CHECK(incoming.next() == nullptr);
        CHECK_FALSE(incoming.finish());
    }
}

TEST_CASE("some bodies are read in pieces, some whole, some not at all") {
    const texts bodies{"in pieces", "whole", "dropped", "whole again", ""};
    const std::string wire = wire_of(bodies) + "\0\0\0\0"s;
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        reassembler incoming;
        std::string_view parts[] = {std::string_view(wire).substr(0, cut),
                                    std::string_view(wire).substr(cut)};
        std::size_t fed = 0;
        const auto more = [&] {
            if (fed == 2) return false;
            static_cast<void>(incoming.feed(parts[fed++]));
            return true;
        };
        const auto head = [&] {
            const framing::frame_head<framing::header_view>* found = nullptr;
            while ((found = incoming.next_head(100)) == nullptr) REQUIRE(more());
            return *found;
        };
        const auto whole = [&] {
            const framing::frame<framing::header_view>* found = nullptr;
            while ((found = incoming.next()) == nullptr) REQUIRE(more());
            return std::string(found->text());
        };
        CHECK(incoming.next_piece()->empty()); // of no body at all
        CHECK(head().body_size == bodies[0].size());
        CHECK(incoming.body_left() == bodies[0].size());
        std::string body;
        while (true) {
            const auto piece = incoming.next_piece();
            if (!piece) {
                REQUIRE(more());
                continue;
            }
            if (piece->empty()) break;
            body += framing::as_text(*piece);
        }
        CHECK(body == bodies[0]);
        CHECK(whole() == bodies[1]);
        CHECK(head().body_size == bodies[2].size());
        CHECK(whole() == bodies[3]);
        CHECK(head().body_size == 0);
        CHECK(incoming.next_piece()->empty());
        while (more()) {
        }
        CHECK(incoming.next_head(100) == nullptr);
        CHECK(incoming.error() == errc::empty_header);
        CHECK(incoming.error().frame == bodies.size());
        CHECK(incoming.error().offset == wire.size() - 4);
    }
}

TEST_CASE("what is left of a body is dropped for the next head, too") {
    const std::string wire = frame_with("hello") + frame_with("you");
    for (const std::size_t read : {0u, 2u, 5u}) {
        CAPTURE(read);
        reassembler incoming;
        static_cast<void>(incoming.feed(std::string_view(wire)));
        REQUIRE(incoming.next_head(100) != nullptr);
        if (read != 0) CHECK(incoming.next_piece(read)->size() == read);
        const auto* const head = incoming.next_head(100);
        REQUIRE(head != nullptr);
        CHECK(head->body_size == 3);
        CHECK(framing::as_text(incoming.next_piece().value()) == "you");
    }
}

TEST_CASE("the header of a head is where its bytes are by then") {
    const std::string body(100'000, 'b');
    const std::string wire = frame_with(body);
    reassembler incoming;
    static_cast<void>(incoming.feed(std::string_view(wire).substr(0, 100)));
    CHECK(incoming.next() == nullptr); // it has read the header
    static_cast<void>(incoming.feed(std::string_view(wire).substr(100, 90'000)));
    const auto* const head = incoming.next_head(body.size());
    REQUIRE(head != nullptr);
    CHECK(head->header.text() == R"({"body_size":100000})");
}

TEST_CASE("a frame that was not whole when asked for can still be read in pieces") {
    const std::string wire = frame_with("hello");
    for (std::size_t cut = wire.size() - 5; cut < wire.size(); ++cut) {
        reassembler incoming;
        CHECK(bodies_of(incoming.feed(std::string_view(wire).substr(0, cut))).empty());
        REQUIRE(incoming.next_head(100) != nullptr);
        std::string body;
        while (const auto piece = incoming.next_piece()) body += framing::as_text(*piece);
        static_cast<void>(incoming.feed(std::string_view(wire).substr(cut)));
        body += framing::as_text(incoming.next_piece().value());
        CHECK(body == "hello");
        CHECK(incoming.next_piece()->empty());
    }
}

TEST_CASE("a piece has no more bytes than were asked for, and those behind it come next") {
    const std::string wire = frame_with("0123456789") + frame_with("next");
    for (std::size_t cut = frame_with("").size() - 1; cut < wire.size(); ++cut)
        for (const std::size_t most : {1u, 3u, 10u, 11u}) {
            CAPTURE(cut);
            CAPTURE(most);
            reassembler incoming;
            static_cast<void>(incoming.feed(std::string_view(wire).substr(0, cut)));
            bool whole = false;
            const auto more = [&] {
                REQUIRE_FALSE(std::exchange(whole, true));
                static_cast<void>(incoming.feed(std::string_view(wire).substr(cut)));
            };
            while (incoming.next_head(100) == nullptr) more();
            std::string body;
            while (true) {
                const auto piece = incoming.next_piece(most);
                if (piece && piece->empty()) break;
                if (piece) CHECK(piece->size() <= most);
                if (piece)
                    body += framing::as_text(*piece);
                else
                    more();
            }
            CHECK(body == "0123456789");
            if (!whole) more();
            CHECK(incoming.next()->text() == "next");
        }
}

TEST_CASE("what the caller reads of a body from elsewhere is passed over") {
    const std::string wire = frame_with("0123456789");
    for (const std::size_t before : {0u, 3u})
        for (const std::size_t between : {1u, 5u, 7u}) {
            reassembler incoming;
            const std::size_t come = wire.size() - 10 + before;
            static_cast<void>(incoming.feed(std::string_view(wire).substr(0, come)));
            REQUIRE(incoming.next_head(100) != nullptr);
            if (before != 0) CHECK(incoming.next_piece()->size() == before);
            incoming.pass_piece(between);
            CHECK(incoming.body_left() == 10 - before - between);
            CHECK(incoming.buffered() == 0);
            const std::string rest = wire.substr(come + between) + frame_with("next") + "\0\0\0\0"s;
            static_cast<void>(incoming.feed(rest));
            std::string body;
            while (incoming.body_left() != 0) body += framing::as_text(*incoming.next_piece());
            CHECK(body == std::string_view("0123456789").substr(before + between));
            CHECK(incoming.next()->text() == "next");
            CHECK(incoming.next() == nullptr);
            CHECK(incoming.error().offset == wire.size() + frame_with("next").size());
        }
}

TEST_CASE("a body read in pieces may be larger than one held whole, up to a limit of its own") {
    const std::string large = frame_with(std::string(100, 'x'));
    const framing::limits narrow{.max_body_size = 10};
    for (const std::uint64_t most : {std::uint64_t{99}, std::uint64_t{100}}) {
        reassembler incoming{narrow};
        static_cast<void>(incoming.feed(large));
        CHECK((incoming.next_head(most) != nullptr) == (most == 100));
        CHECK((incoming.error() == errc::body_too_large) == (most == 99));
    }
    reassembler incoming{narrow};
    CHECK(bodies_of(incoming.feed(large)).empty());
    CHECK(incoming.error().limit == 10);
    CHECK(incoming.next_head(100) == nullptr); // the error is final
}

TEST_CASE("a stream that ends inside a body read in pieces says how much of it came") {
    const std::string wire = frame_with(std::string(100, 'x'));
    for (const bool looks : {true, false}) {
        reassembler incoming;
        static_cast<void>(incoming.feed(std::string_view(wire).substr(0, wire.size() - 30)));
        REQUIRE(incoming.next_head(100) != nullptr);
        if (looks) CHECK(incoming.next_piece()->size() == 70);
        CHECK(incoming.finish() == errc::truncated);
        CHECK(incoming.error().part == frame_part::body);
        CHECK(incoming.error().position == 70);
        CHECK(incoming.error().declared == 100);
    }
    reassembler incoming;
    static_cast<void>(incoming.feed(wire));
    REQUIRE(incoming.next_head(100) != nullptr);
    CHECK_FALSE(incoming.finish()); // the rest is still to be read
}

TEST_CASE(
    "what comes behind a body read to its end is looked at, whether its end was asked for or not") {
    for (const bool asked : {true, false}) {
        reassembler incoming;
        static_cast<void>(incoming.feed(frame_with("body") + "\0\0"s));
        REQUIRE(incoming.next_head(100) != nullptr);
        CHECK(incoming.next_piece()->size() == 4);
        if (asked) CHECK(incoming.next_piece()->empty());
        CHECK(incoming.finish() == errc::truncated);
        CHECK(incoming.error().offset == frame_with("body").size());
        CHECK(incoming.error().frame == 1);
    }
}

TEST_CASE("a discard ends a body that is read in pieces") {
    const std::string first = frame_with("body");
    for (const std::size_t read : {0u, 1u, 4u}) {
        CAPTURE(read);
        reassembler incoming;
        const std::size_t come = first.size() - 4 + read;
        static_cast<void>(incoming.feed(first.substr(0, come)));
        REQUIRE(incoming.next_head(100) != nullptr);
        if (read != 0) CHECK(incoming.next_piece()->size() == read);
        static_cast<void>(incoming.feed("raw text"));
        incoming.discard(8);
        CHECK(incoming.body_left() == 0);
        CHECK(bodies_of(incoming.feed(frame_with("next") + "\0\0\0\0"s)) == texts{"next"});
        CHECK(incoming.error().offset == come + 8 + frame_with("next").size());
        CHECK(incoming.error().frame == (read == 4 ? 2 : 1)); // one that was not read is none
    }
}

TEST_CASE("a reset and a move in the middle of a body read in pieces") {
    const std::string wire = frame_with("0123456789");
    reassembler incoming;
    static_cast<void>(incoming.feed(std::string_view(wire).substr(0, wire.size() - 5)));
    REQUIRE(incoming.next_head(100) != nullptr);
    reassembler moved(std::move(incoming));
    CHECK(incoming.body_left() == 0); // NOLINT(bugprone-use-after-move): as new
    CHECK(bodies_of(incoming.feed(frame_with("new"))) == texts{"new"});
    CHECK(moved.body_left() == 10);
    CHECK(framing::as_text(moved.next_piece().value()) == "01234");
    moved.reset();
    CHECK(moved.body_left() == 0);
    CHECK(bodies_of(moved.feed(frame_with("new") + "\0\0\0\0"s)) == texts{"new"});
    CHECK(moved.error().frame == 1);
}

TEST_CASE("limits can be changed, and a frame under way keeps to those it began with") {
    const std::string large = frame_with(std::string(100, 'x'));
    const framing::limits narrow{.max_header_size = 64, .max_body_size = 10};
    for (std::size_t cut = large.size() - 100; cut <= large.size(); ++cut) {
        reassembler incoming;
        CHECK(bodies_of(incoming.feed(std::string_view(large).substr(0, cut))).size() ==
              (cut == large.size() ? 1 : 0));
        incoming.set_limits(narrow);
        CHECK(bodies_of(incoming.feed(std::string_view(large).substr(cut))).size() ==
              (cut == large.size() ? 0 : 1));
        CHECK_FALSE(incoming.error());
        CHECK(bodies_of(incoming.feed(large)).empty());
        CHECK(incoming.error() == errc::body_too_large);
    }
    reassembler wider{narrow};
    CHECK(bodies_of(wider.feed(frame_with("small"))) == texts{"small"});
    wider.set_limits({});
    CHECK(bodies_of(wider.feed(large)).size() == 1);
}
