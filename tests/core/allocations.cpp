// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/counting_allocator.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// What is allocated, when, and what happens when it cannot be. A CHECK allocates: none stands
// between a watch and its numbers.
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using framing::errc;
using helpers::raw_frame;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

std::string frame_of(std::size_t body_size) {
    return raw_frame(R"({"type":"t","from":"f","seq":1,"body_size":)" + std::to_string(body_size) +
                         '}',
                     std::string(body_size, 'b'));
}

/// So many frames with bodies of `body_size` bytes.
std::string frames_of(std::size_t count, std::size_t body_size) {
    std::string wire;
    for (const std::string frame = frame_of(body_size); count != 0; --count) wire += frame;
    return wire;
}

/// How a program gives a reassembler what it received. Returns: how many frames that completed.
template <class Header>
std::size_t feed(framing::reassembler<Header>& incoming, std::string_view piece) {
    std::size_t frames = 0;
    for ([[maybe_unused]] const auto& frame : incoming.feed(piece)) ++frames;
    return frames;
}
template <class Header>
std::size_t commit(framing::reassembler<Header>& incoming, std::string_view piece,
                   std::size_t room_size = 64 * kib) {
    const auto room = incoming.prepare(std::max(room_size, piece.size()));
    // Not std::copy, which goes byte by byte where nothing is optimized.
    if (!room.empty()) std::memcpy(room.data(), piece.data(), piece.size());
    std::size_t frames = 0;
    for ([[maybe_unused]] const auto& frame : incoming.commit(room.empty() ? 0 : piece.size()))
        ++frames;
    return frames;
}

/// All of `wire`, in pieces of `size` bytes.
template <class Take>
void in_pieces(std::string_view wire, std::size_t size, Take take) {
    for (; !wire.empty(); wire.remove_prefix(std::min(size, wire.size())))
        take(wire.substr(0, size));
}

} // namespace

TEST_CASE("the allocator counts, and fails when it is told to") {
    // no new-expressions: a compiler may leave those out
    const allocation_watch watch;
    void* const first = ::operator new(1000);
    void* const second = ::operator new(24);
    const std::size_t held = watch.live();
    ::operator delete(first);
    ::operator delete(second);
    const std::size_t count = watch.count();
    const std::size_t peak = watch.peak();
    const std::size_t left = watch.live();
    CHECK(held == 1024);
    CHECK(count == 2);
    CHECK(peak == held);
    CHECK(left == 0);
    {
        const failing_allocations failing(1);
        ::operator delete(::operator new(1));
        CHECK_FALSE(failing.struck());
        CHECK_THROWS_AS(static_cast<void>(::operator new(1)), std::bad_alloc);
        CHECK(failing.struck());
        ::operator delete(::operator new(1));
    }
}

TEST_CASE_TEMPLATE("in the steady state no frame costs an allocation", Header, framing::header_view,
                   chat) {
    for (const std::size_t chunk : {std::size_t{1400}, 64 * kib})
        for (const std::size_t body : {std::size_t{0}, std::size_t{100}, 5 * kib, 150 * kib}) {
            CAPTURE(chunk);
            CAPTURE(body);
            const std::string wire = frames_of(body < kib ? 3000 : 100, body);
            framing::reassembler<Header> fed;
            framing::reassembler<Header> prepared;
            framing::decoder<Header> decoder;
            const auto decode = [&](std::string_view piece) {
                auto input = framing::byte_view(piece).bytes();
                while (decoder.next(input) != framing::event::need_more) {
                }
            };
            const auto take = [&](std::string_view piece) {
                feed(fed, piece);
                commit(prepared, piece);
                decode(piece);
            };
            in_pieces(wire, chunk, take);
            in_pieces(wire, chunk, take);
            const allocation_watch watch;
            in_pieces(wire, chunk, take);
            const std::size_t count = watch.count();
            CHECK(count == 0);
            CHECK_FALSE(fed.finish());
            CHECK_FALSE(prepared.finish());
            CHECK_FALSE(decoder.finish());
        }
}

TEST_CASE("frames whole in what is fed never cost an allocation") {
    const std::string wire = frames_of(100, 1000);
    framing::reassembler<framing::header_view> incoming;
    const allocation_watch watch;
    const std::size_t frames = feed(incoming, wire);
    const std::size_t count = watch.count();
    CHECK(frames == 100);
    CHECK(count == 0);
}

TEST_CASE("encoding allocates nothing in the steady state") {
    framing::encoder<chat> encoder;
    const chat header{"type", "from", 7};
    std::string wire;
    CHECK_FALSE(encoder.encode(header, "hello", wire));
    wire.clear();
    const allocation_watch watch;
    for (int i = 0; i < 100; ++i) {
        wire.clear();
        (void)encoder.encode(header, "hello", wire);
    }
    const std::size_t count = watch.count();
    CHECK(count == 0);
}

TEST_CASE("the buffer for headers grows by doubling") {
    nlohmann::json header;
    for (int i = 0; i < 10'000; ++i) header[std::to_string(i)] = i;
    framing::encoder<> encoder({.max_header_size = mib});
    std::string wire;
    wire.reserve(mib);
    const allocation_watch watch;
    const std::error_code error = encoder.encode(header, "", wire);
    const std::size_t count = watch.count();
    CHECK_FALSE(error);
    CHECK(count < 20);
}

TEST_CASE("what a peer declares is not allocated on faith") {
    const framing::limits unlimited{.max_header_size = std::numeric_limits<std::size_t>::max(),
                                    .max_body_size = std::numeric_limits<std::uint64_t>::max()};
    const std::string streams[] = {
        raw_frame(R"({"body_size":16777216})"),
        raw_frame(R"({"body_size":1073741823})"),
        "\x7f\xff\xff\xff{"s,
        "\xff\xff\xff\xff{"s,
        frames_of(3, 1000) + raw_frame(R"({"body_size":16777216})"),
    };
    for (const std::string& start : streams)
        for (const std::size_t chunk :
             {std::size_t{1}, std::size_t{100}, std::size_t{1400}, 64 * kib}) {
            CAPTURE(start);
            CAPTURE(chunk);
            const std::string wire = start + std::string(chunk == 1 ? 5000 : 300'000, ' ');
            std::size_t worst = 0;
            std::size_t worst_peak = 0;
            const auto watched = [&](auto take) {
                const allocation_watch watch;
                std::size_t arrived = 0;
                in_pieces(wire, chunk, [&](std::string_view piece) {
                    take(piece);
                    arrived += piece.size();
                    worst = std::max(worst, watch.live() - std::min(watch.live(), 2 * arrived));
                    worst_peak =
                        std::max(worst_peak, watch.peak() - std::min(watch.peak(), 3 * arrived));
                });
            };
            {
                framing::reassembler<framing::header_view> incoming(unlimited);
                watched([&](std::string_view piece) { feed(incoming, piece); });
            }
            {
                framing::reassembler<framing::header_view> incoming(unlimited);
                watched([&](std::string_view piece) { commit(incoming, piece); });
            }
            {
                framing::decoder<framing::header_view> decoder(unlimited);
                watched([&](std::string_view piece) {
                    auto input = framing::byte_view(piece).bytes();
                    while (decoder.next(input) != framing::event::need_more) {
                    }
                });
            }
            CHECK(worst <= 64 * kib);
            // While a block grows, the one before it is there too.
            CHECK(worst_peak <= 2 * 64 * kib);
        }
}

TEST_CASE("a block that is still viewed and the one beside it are within the bound together") {
    const std::string wire = frame_of(mib) + frame_of(8 * mib);
    const std::size_t first = frame_of(mib).size();
    for (const std::size_t cut : {300 * kib, first / 2, first - 10})
        for (const std::size_t beyond : {100 * kib, mib + 100 * kib, 3 * mib}) {
            CAPTURE(cut);
            CAPTURE(beyond);
            const allocation_watch watch;
            framing::reassembler<framing::header_view> incoming;
            feed(incoming, std::string_view(wire).substr(0, cut));
            const std::size_t frames =
                feed(incoming, std::string_view(wire).substr(cut, first - cut + beyond));
            const std::size_t held = watch.live();
            CHECK(frames == 1);
            CHECK(held <= 2 * (first + beyond) + 64 * kib);
        }
}

TEST_CASE("a length over the limit allocates nothing") {
    framing::reassembler<framing::header_view> incoming;
    const allocation_watch watch;
    feed(incoming, "\xff\xff\xff\xff"sv);
    feed(incoming, std::string_view("{}"));
    const std::size_t count = watch.count();
    CHECK(incoming.error() == errc::header_too_large);
    CHECK(count == 0);
}

TEST_CASE("nothing is allocated after an error") {
    const std::string good = frames_of(10, 10);
    for (const std::string& bad :
         {"\0\0\0\0"s, "\xff\xff\xff\xff"s, raw_frame("[]"),
          raw_frame(R"({"":)" + std::string(64, '[') + '}'), raw_frame(R"({"body_size":-1})"),
          raw_frame(R"({"body_size":16777217})"), raw_frame("{}")}) {
        framing::reassembler<chat> incoming;
        CHECK(feed(incoming, good + bad) == 10);
        const errc code = incoming.error().code;
        CHECK(code != errc{});
        std::size_t frames = 0;
        std::vector<std::string> owned(3, good);
        const allocation_watch watch;
        for (std::string& bytes : owned) {
            frames += feed(incoming, bytes) + feed(incoming, bad) + commit(incoming, bytes);
            for ([[maybe_unused]] const auto& frame : incoming.feed(std::move(bytes))) ++frames;
        }
        const std::size_t count = watch.count();
        CHECK(frames == 0);
        CHECK(count == 0);
        CHECK(incoming.error().code == code);
    }
}

TEST_CASE("the block of one large frame is given back") {
    const std::string large = frame_of(16 * mib);
    const std::string little = frame_of(10);
    for (const bool by_feed : {true, false}) {
        CAPTURE(by_feed);
        framing::reassembler<framing::header_view> incoming;
        const auto take = [&](std::string_view piece) {
            if (by_feed)
                feed(incoming, piece);
            else
                commit(incoming, piece);
        };
        const allocation_watch watch;
        in_pieces(large, 64 * kib, take);
        const std::size_t peak_of_large = watch.peak();
        const std::size_t with_large = watch.live();
        for (int i = 0; i < 1000; ++i) in_pieces(little, 40, take);
        const std::size_t after = watch.live();

        in_pieces(large, 64 * kib, take);
        incoming.shrink();
        const std::size_t shrunk = watch.live();
        CHECK(with_large <= 2 * large.size() + 64 * kib);
        CHECK(peak_of_large <= 3 * large.size() + 64 * kib);
        CHECK(after <= 128 * kib);
        CHECK(shrunk == 0);
    }
}

TEST_CASE("the block of a large frame is given back while a body is read in pieces") {
    const std::string large = frame_of(16 * mib);
    const std::string head = raw_frame(R"({"body_size":16777216})");
    const std::string piece(kib, 'b');
    framing::reassembler<framing::header_view> incoming;
    const allocation_watch watch;
    in_pieces(large, 64 * kib, [&](std::string_view part) { commit(incoming, part); });
    const std::size_t with_large = watch.live();
    const auto take = [&](std::string_view part) {
        std::memcpy(incoming.prepare(part.size()).data(), part.data(), part.size());
        static_cast<void>(incoming.commit(part.size()));
    };
    take(head);
    const bool begun = incoming.next_head(16 * mib) != nullptr;
    std::size_t read = 0;
    for (int i = 0; i < 1000; ++i) {
        take(piece);
        while (const auto bytes = incoming.next_piece()) read += bytes->size();
    }
    const std::size_t after = watch.live();
    CHECK(with_large >= 16 * mib);
    CHECK(begun);
    CHECK(read == 1000 * kib);
    CHECK(after <= 128 * kib);
}

TEST_CASE("a queue that a burst of shared frames has filled is small again when they have left") {
    const auto frame = std::make_shared<const std::string>("\0\0\0\2{}", 6);
    framing::send_queue queue;
    const allocation_watch watch;
    bool posted = true;
    for (int i = 0; i < 10'000; ++i) posted = !queue.post(frame) && posted;
    const std::size_t full = watch.live();
    while (!queue.empty()) {
        std::size_t size = 0;
        for (const auto& piece : queue.next()) size += piece.size();
        queue.sent(size);
    }
    const std::size_t empty = watch.live();
    queue.shrink();
    const std::size_t shrunk = watch.live();
    CHECK(posted);
    CHECK(full > 100 * kib);
    CHECK(empty < 2 * kib);
    CHECK(shrunk == 0);
}

TEST_CASE("shrinking in mid-frame keeps what has come, and no more") {
    const std::string wire = frame_of(mib);
    framing::reassembler<framing::header_view> incoming;
    const allocation_watch watch;
    in_pieces(std::string_view(wire).substr(0, 300'000), 1400,
              [&](std::string_view piece) { feed(incoming, piece); });
    incoming.shrink();
    const std::size_t held = watch.live();
    const std::size_t frames = feed(incoming, std::string_view(wire).substr(300'000));
    CHECK(held == 300'000);
    CHECK(frames == 1);
}

TEST_CASE("large frames in a row do not give their block back and take it again") {
    for (const std::size_t body : {300 * kib, mib - 90, mib, mib + 77 * kib})
        for (const std::size_t chunk : {std::size_t{1400}, 16 * kib, 64 * kib, 256 * kib})
            for (const bool by_feed : {true, false}) {
                CAPTURE(body);
                CAPTURE(chunk);
                CAPTURE(by_feed);
                const std::string wire = frames_of(8, body);
                framing::reassembler<framing::header_view> incoming;
                const auto take = [&](std::string_view piece) {
                    if (by_feed)
                        feed(incoming, piece);
                    else
                        commit(incoming, piece, chunk);
                };
                in_pieces(wire, chunk, take);
                const allocation_watch watch;
                for (int i = 0; i < 4; ++i) in_pieces(wire, chunk, take);
                const std::size_t count = watch.count();
                CHECK(count <= 4); // of 32 frames
            }
}

TEST_CASE("work is linear in the bytes, also byte by byte") {
    const std::string header = R"({"":")" + std::string(60 * kib, 'x') + R"("})";
    for (const std::string& wire : {raw_frame(header), frame_of(mib / 4), frames_of(2000, 40)})
        for (const std::size_t room :
             {std::size_t{0}, std::size_t{1}, std::size_t{1000}, 64 * kib}) {
            CAPTURE(wire.size());
            CAPTURE(room);
            framing::reassembler<framing::header_view> incoming;
            const allocation_watch watch;
            in_pieces(wire, 1, [&](std::string_view byte) {
                if (room == 0)
                    feed(incoming, byte);
                else
                    commit(incoming, byte, room);
            });
            const std::size_t total = watch.total();
            CHECK_FALSE(incoming.finish());
            CHECK(incoming.buffered() == 0);
            // The blocks grow by doubling, each with the room that was asked for.
            CHECK(total <= 8 * wire.size() + 20 * std::max(room, kib));
        }
}

namespace {

/// Whether frames come in their order, none twice. Allocates nothing itself.
struct in_order {
    template <class Header>
    void take(const framing::frame<Header>& frame) {
        good = good && frame.body.size() == 10 + 100 * count % 3000;
        ++count;
    }
    std::size_t count = 0;
    bool good = true;
};
constexpr std::size_t session_frames = 40;

/// Tries until there is memory.
template <class What>
void insist(What what) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        try {
            return what();
        } catch (const std::bad_alloc&) {
        }
    }
    FAIL("never enough memory");
}

const std::string session_body(3100, 'b');

/// Encodes frames into `out`; what fails changes nothing and is tried again.
template <class Header>
bool encode_session(const Header& header, std::string& out) {
    bool unchanged = true;
    framing::encoder<Header> encoder;
    for (std::size_t i = 0; i < session_frames; ++i)
        insist([&] {
            const std::size_t before = out.size();
            try {
                const auto part = std::string_view(session_body).substr(0, 10 + 100 * i % 3000);
                if (encoder.encode(header, part, out)) unchanged = false;
            } catch (...) {
                unchanged = unchanged && out.size() == before;
                throw;
            }
        });
    return unchanged;
}

/// Takes the stream by turns through feed, owning feed and prepare; copies frames, shrinks and
/// moves on the way.
template <class Header>
void reassemble_session(framing::reassembler<Header>& incoming, std::string_view wire,
                        std::vector<std::string>& owned, in_order& frames) {
    const auto loop = [&](typename framing::reassembler<Header>::frames&& range) {
        for (const auto& frame : range) {
            insist([&] { frames.good = frames.good && frame.copy().text() == frame.text(); });
            frames.take(frame);
        }
    };
    std::size_t i = 0;
    in_pieces(wire, 900, [&](std::string_view piece) {
        std::string& copy = owned[i];
        if (i % 3 == 0) {
            try {
                loop(incoming.feed(piece));
            } catch (const std::bad_alloc&) {
            }
        } else if (i % 3 == 1) {
            try {
                loop(incoming.feed(std::move(copy)));
            } catch (const std::bad_alloc&) {
            }
        } else {
            insist([&] {
                const auto room = incoming.prepare(900);
                if (!room.empty()) std::memcpy(room.data(), piece.data(), piece.size());
            });
            try {
                loop(incoming.commit(incoming.error() ? 0 : piece.size()));
            } catch (const std::bad_alloc&) {
            }
        }
        if (++i % 7 == 0) incoming.shrink();
        if (i % 5 == 0) {
            framing::reassembler<Header> moved(std::move(incoming));
            incoming = std::move(moved);
        }
    });
    insist([&] { loop(incoming.feed(""sv)); });
    insist([&] { incoming.finish(); });
}

template <class Header>
void decode_session(std::string_view wire, in_order& frames) {
    framing::decoder<Header> decoder;
    std::size_t size = 0;
    in_pieces(wire, 900, [&](std::string_view piece) {
        auto input = framing::byte_view(piece).bytes();
        insist([&] {
            for (framing::event e; (e = decoder.next(input)) != framing::event::need_more;) {
                if (e == framing::event::error) return;
                if (e == framing::event::header) size = 0;
                if (e == framing::event::body) size += decoder.body().size();
                if (e != framing::event::end) continue;
                frames.good = frames.good && size == 10 + 100 * frames.count % 3000;
                ++frames.count;
            }
        });
    });
    frames.good = frames.good && !decoder.finish();
}

template <class Header>
void datagram_session(std::string_view wire, in_order& frames) {
    framing::reassembler<framing::header_view> stream;
    for (const auto& frame : stream.feed(wire)) {
        const std::size_t size =
            framing::prefix_size + frame.header.text().size() + frame.body.size();
        const auto* const datagram =
            reinterpret_cast<const std::byte*>(frame.header.text().data()) - framing::prefix_size;
        insist([&] {
            framing::fault why;
            const auto decoded = framing::decode_datagram<Header>(std::span(datagram, size), why);
            frames.good = frames.good && decoded && !why;
            if (decoded) frames.take(*decoded);
        });
    }
}

/// `how_many` allocations fail in a row, at each place in a session.
template <class Header>
void fail_everywhere(const Header& header, std::size_t how_many) {
    std::string wire;
    encode_session(header, wire);
    std::vector<std::string> pieces;
    in_pieces(wire, 900, [&](std::string_view piece) { pieces.emplace_back(piece); });
    for (std::size_t n = 0;; ++n) {
        CAPTURE(n);
        CAPTURE(how_many);
        std::vector<std::string> owned = pieces;
        in_order fed;
        in_order decoded;
        in_order datagrams;
        errc error{};
        bool unchanged = true;
        bool struck = false;
        std::string encoded;
        const allocation_watch watch;
        {
            framing::reassembler<Header> incoming;
            const failing_allocations failing(n, how_many);
            unchanged = encode_session(header, encoded);
            reassemble_session(incoming, wire, owned, fed);
            decode_session<Header>(wire, decoded);
            datagram_session<Header>(wire, datagrams);
            error = incoming.error().code;
            struck = failing.struck();
        }
        owned.clear();
        encoded.clear();
        encoded.shrink_to_fit();
        const std::size_t left = watch.live();
        CHECK(unchanged);
        CHECK(fed.good);
        CHECK(decoded.good);
        CHECK(decoded.count == session_frames);
        CHECK(datagrams.good);
        CHECK(datagrams.count == session_frames);
        if (error == errc{})
            CHECK(fed.count == session_frames);
        else
            CHECK(error == errc::out_of_memory);
        CHECK(left == 0);
        if (!struck) {
            CHECK(error == errc{});
            return;
        }
    }
}

} // namespace

TEST_CASE("whichever allocation fails, no frame is lost in silence, doubled or leaked") {
    framing::fault why;
    const auto view = framing::header_view::parse(R"({"type":"t"})", {}, why);
    REQUIRE(view);
    // Strings too long to lie in place, so that reading a header allocates too.
    const chat header{std::string(40, 't'), std::string(40, 'f'), 1};
    for (const std::size_t how_many : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
        fail_everywhere(*view, how_many);
        fail_everywhere(header, how_many);
    }
}

TEST_CASE("a frame that finds no memory leaves nothing of it behind") {
    framing::encoder<framing::header_view> encoder;
    for (const std::size_t body : {std::size_t{10}, std::size_t{1000}, 100 * kib})
        for (std::size_t good = 0; good < 3; ++good) {
            CAPTURE(body);
            CAPTURE(good);
            const std::string bytes(body, 'b');
            std::string out = "before";
            bool threw = false;
            try {
                const failing_allocations failing(good, 1000);
                static_cast<void>(encoder.encode({}, bytes, out));
            } catch (const std::bad_alloc&) {
                threw = true;
            }
            CHECK(threw == (good == 0));
            CHECK((out == "before") == threw);
        }
}

TEST_CASE("bytes that cannot be kept end the stream, and the frames before them are delivered") {
    const std::string wire = frames_of(3, 10) + frame_of(5000).substr(0, 4000);
    framing::reassembler<framing::header_view> incoming;
    std::size_t frames = 0;
    {
        const failing_allocations failing(0, 1000);
        frames = feed(incoming, wire);
    }
    CHECK(frames == 3);
    CHECK(incoming.error() == errc::out_of_memory);
    CHECK(incoming.error().frame == 3);
    CHECK(incoming.error().offset == 3 * frame_of(10).size());
    CHECK(feed(incoming, wire) == 0);
    CHECK(incoming.finish() == errc::out_of_memory);
    incoming.reset();
    CHECK(feed(incoming, frame_of(1)) == 1);
}

TEST_CASE("nothing is delivered after a stream that ended for want of memory") {
    const std::string large = frame_of(100'000);
    const std::string bare = raw_frame(R"({"body_size":10})", std::string(10, 'b'));
    for (const std::string& two : {frames_of(2, 10), bare + bare}) {
        framing::reassembler<framing::header_view> incoming;
        for ([[maybe_unused]] const auto& frame : incoming.feed(two)) break; // one is kept
        {
            const failing_allocations failing(0, 1000);
            static_cast<void>(incoming.feed(large));
        }
        REQUIRE(incoming.error() == errc::out_of_memory);
        std::size_t frames = 0;
        for ([[maybe_unused]] const auto& frame : incoming.commit(0)) ++frames;
        CHECK(frames == 0);
        CHECK(feed(incoming, two) == 0);
    }
}

TEST_CASE("a temporary that cannot be copied ends the stream, and feed does not throw") {
    framing::reassembler<framing::header_view> incoming;
    std::string wire = frame_of(1000);
    std::size_t frames = 0;
    {
        const failing_allocations failing(0, 1000);
        for ([[maybe_unused]] const auto& frame : incoming.feed(std::move(wire))) ++frames;
    }
    CHECK(frames == 0);
    CHECK(incoming.error() == errc::out_of_memory);
}

TEST_CASE("room that cannot be had leaves the stream as it was") {
    const std::string wire = frame_of(3000);
    framing::reassembler<framing::header_view> incoming;
    feed(incoming, std::string_view(wire).substr(0, 2000));
    {
        const failing_allocations failing(0, 1000);
        CHECK_THROWS_AS((void)incoming.prepare(100'000), std::bad_alloc);
    }
    CHECK(incoming.buffered() == 2000);
    CHECK(commit(incoming, std::string_view(wire).substr(2000)) == 1);
}

TEST_CASE("a shrink without memory for the smaller block keeps the larger one") {
    const std::string wire = frame_of(100'000);
    framing::reassembler<framing::header_view> incoming;
    feed(incoming, std::string_view(wire).substr(0, 70'000));
    {
        const failing_allocations failing(0, 1000);
        incoming.shrink();
    }
    CHECK(incoming.buffered() == 70'000);
    CHECK(feed(incoming, std::string_view(wire).substr(70'000)) == 1);
}
