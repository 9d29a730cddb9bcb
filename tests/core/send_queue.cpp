// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>
#include <framing/send_queue.hpp>
#include <framing/shared_frames.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using framing::header_view;
using framing::send_queue;
using framing::shared_frame;

const std::error_code no_space = std::make_error_code(std::errc::no_buffer_space);

framing::encoder<header_view> encoder;

std::string encoded(std::string_view body) {
    std::string wire;
    REQUIRE_FALSE(encoder.encode(header_view{}, body, wire));
    return wire;
}
shared_frame shared(std::string_view body) {
    return std::make_shared<const std::string>(encoded(body));
}

/// Takes what one write would, cut off behind `most` bytes.
std::string take(send_queue& queue, std::size_t most) {
    std::string taken;
    for (const auto piece : queue.next()) {
        CHECK_FALSE(piece.empty());
        taken += framing::as_text(piece).substr(0, most - taken.size());
    }
    queue.sent(taken.size());
    return taken;
}
std::string take_all(send_queue& queue, std::size_t most = 1'000'000) {
    std::string taken;
    while (!queue.empty()) taken += take(queue, most);
    return taken;
}

} // namespace

TEST_CASE("frames leave whole and in order, however the writes are cut") {
    for (std::size_t most = 1; most < 80; ++most) {
        send_queue queue;
        REQUIRE_FALSE(queue.post(encoder, header_view{}, "one"));
        REQUIRE_FALSE(queue.post(shared("two")));
        REQUIRE_FALSE(queue.post(shared("three")));
        REQUIRE_FALSE(queue.write(encoder, header_view{}, "four"));
        std::string sent = take(queue, most);
        REQUIRE_FALSE(queue.post(encoder, header_view{}, "five"));
        REQUIRE_FALSE(queue.post(shared("six")));
        sent += take_all(queue, most);
        CHECK(sent == encoded("one") + encoded("two") + encoded("three") + encoded("four") +
                          encoded("five") + encoded("six"));
        CHECK(queue.next().empty());
    }
}

TEST_CASE("its size is what has not left yet") {
    send_queue queue;
    CHECK(queue.empty());
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "hello"));
    REQUIRE_FALSE(queue.post(shared("hello")));
    const std::size_t size = encoded("hello").size();
    CHECK(queue.size() == 2 * size);
    CHECK(queue.own_size() == size); // what it shares is not its own
    take(queue, 3);
    CHECK(queue.size() == 2 * size - 3);
    REQUIRE_FALSE(queue.post(shared("hello")));
    CHECK(queue.size() == 3 * size - 3);
    take_all(queue);
    CHECK(queue.empty());
}

TEST_CASE("a queue shares a frame with others, and lets it go as soon as it has left") {
    send_queue first;
    send_queue second;
    const shared_frame frame = shared("to all");
    REQUIRE_FALSE(first.post(frame));
    REQUIRE_FALSE(second.post(frame));
    REQUIRE_FALSE(first.post(encoder, header_view{}, "more"));
    CHECK(frame.use_count() == 3);
    CHECK(first.next().front().data() ==
          reinterpret_cast<const std::byte*>(frame->data())); // not copied
    first.sent(frame->size());
    CHECK(frame.use_count() == 2);
    take_all(second);
    CHECK(frame.use_count() == 1);
}

TEST_CASE("frames of one's own that follow each other are one piece") {
    send_queue queue;
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(queue.post(encoder, header_view{}, "tick"));
    CHECK(queue.next().size() == 1);
}

TEST_CASE("frames of a broadcast are one piece for who got all of them") {
    framing::broadcast_encoder<header_view> everybody;
    send_queue all;
    send_queue some;
    std::string wire;
    for (int i = 0; i < 5; ++i) {
        const std::string body = "number " + std::to_string(i);
        framing::shared_frames frame;
        REQUIRE_FALSE(everybody.encode(header_view{}, body, frame));
        CHECK(framing::as_text(frame.bytes) == encoded(body));
        wire += encoded(body);
        REQUIRE_FALSE(all.post(frame));
        if (i != 2) REQUIRE_FALSE(some.post(frame));
    }
    CHECK(all.next().size() == 1);
    CHECK(some.next().size() == 2);
    take(all, 3); // what has left in part is not lengthened
    framing::shared_frames last;
    REQUIRE_FALSE(everybody.encode(header_view{}, "last", last));
    REQUIRE_FALSE(all.post(last));
    CHECK(take_all(all) == wire.substr(3) + encoded("last"));
    REQUIRE_FALSE(some.post(encoder, header_view{}, "own"));
    REQUIRE_FALSE(some.post(last));
    CHECK(take_all(some) == encoded("number 0") + encoded("number 1") + encoded("number 3") +
                                encoded("number 4") + encoded("own") + encoded("last"));
}

TEST_CASE(
    "a broadcast goes on in a new block where one is full, and keeps none that nobody needs") {
    framing::broadcast_encoder<header_view> everybody;
    send_queue queue({.high = 1 << 20, .hard = 10 << 20});
    std::string wire;
    std::weak_ptr<const void> first;
    for (const std::size_t size : {60'000U, 10'000U, 300'000U, 10U, 65'000U, 20U}) {
        const std::string body(size, 'x');
        framing::shared_frames frame;
        REQUIRE_FALSE(everybody.encode(header_view{}, body, frame));
        REQUIRE_FALSE(queue.post(frame));
        if (wire.empty()) first = frame.owner;
        wire += encoded(body);
    }
    CHECK_FALSE(first.expired());
    CHECK(take_all(queue) == wire);
    CHECK(first.expired());
}

TEST_CASE("a broadcast that cannot be changes nothing") {
    framing::broadcast_encoder<header_view> everybody({.max_header_size = 16});
    framing::shared_frames frame;
    REQUIRE_FALSE(everybody.encode(header_view{}, "x", frame));
    const auto* const before = frame.bytes.data();
    CHECK(everybody.encode(header_view{}, std::string(10'000'000, 'x'), frame) ==
          framing::errc::header_too_large); // its body_size needs digits
    CHECK(frame.bytes.data() == before);
    framing::shared_frames next;
    REQUIRE_FALSE(everybody.encode(header_view{}, "y", next));
    CHECK(next.bytes.data() == before + frame.bytes.size());
}

TEST_CASE("one write is given no more pieces and bytes than are good for it") {
    send_queue queue({.high = 1 << 20, .hard = 10 << 20});
    for (int i = 0; i < 200; ++i) REQUIRE_FALSE(queue.post(shared("x")));
    CHECK(queue.next().size() == send_queue::most_pieces);
    take_all(queue);

    const std::string large(3 * send_queue::most_bytes / 2, 'x');
    REQUIRE_FALSE(queue.post(shared(large)));
    REQUIRE_FALSE(queue.post(shared(large)));
    REQUIRE(queue.next().size() == 1);
    CHECK(queue.next().front().size() == send_queue::most_bytes);
    CHECK(take_all(queue) == encoded(large) + encoded(large));
}

TEST_CASE("above the high mark there is no room for those who can wait") {
    const std::size_t size = encoded("12345").size();
    send_queue queue({.high = size + 1, .hard = 10 * size});
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "12345"));
    CHECK(queue.has_room());
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "12345"));
    CHECK_FALSE(queue.has_room());
    take(queue, size - 1);
    CHECK_FALSE(queue.has_room());
    take(queue, 1);
    CHECK(queue.has_room());
}

TEST_CASE("a high mark of 0 leaves room where nothing is queued") {
    send_queue queue({.high = 0, .hard = 100});
    CHECK(queue.has_room());
    CHECK(queue.has_room_for_body());
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "hello"));
    CHECK_FALSE(queue.has_room());
    CHECK_FALSE(queue.has_room_for_body());
}

TEST_CASE("a post is whole or not at all, and never above the hard mark") {
    const std::size_t size = encoded("12345").size();
    send_queue queue({.high = 1, .hard = 2 * size});
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "12345"));
    CHECK(queue.post(encoder, header_view{}, "123456") == no_space);
    CHECK(queue.post(shared("123456")) == no_space);
    CHECK(queue.size() == size);
    take(queue, 1);
    CHECK(queue.post(encoder, header_view{}, "1234567") == no_space);
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "12345"));
    CHECK(take_all(queue) == encoded("12345").substr(1) + encoded("12345"));

    REQUIRE_FALSE(queue.post(encoder, header_view{}, "12345"));
    REQUIRE_FALSE(queue.post(shared("12345"))); // just as much as there may be
    CHECK(queue.post(encoder, header_view{}, "") == no_space);
    CHECK(queue.post(shared("")) == no_space);
    CHECK(take_all(queue) == encoded("12345") + encoded("12345"));

    send_queue small({.high = 1, .hard = 3});
    CHECK(small.post(encoder, header_view{}, "12345") == no_space);
    CHECK(small.empty());
    CHECK(small.next().empty());
}

TEST_CASE("a write may be larger than any mark, but does not come on top of one") {
    send_queue queue({.high = 10, .hard = 20});
    const std::string large(1000, 'x');
    REQUIRE_FALSE(queue.write(encoder, header_view{}, large));
    CHECK(queue.write(encoder, header_view{}, "") == no_space);
    CHECK(queue.post(encoder, header_view{}, "") == no_space);
    CHECK(take_all(queue) == encoded(large));
    REQUIRE_FALSE(queue.write(encoder, header_view{}, large));
}

TEST_CASE("what cannot be encoded is not queued") {
    send_queue queue;
    framing::encoder<> json_encoder;
    const nlohmann::json bad = {{"body_size", 7}};
    CHECK(queue.post(json_encoder, bad, "hello") == framing::errc::body_size_mismatch);
    CHECK(queue.write(json_encoder, bad, "hello") == framing::errc::body_size_mismatch);
    CHECK(queue.write_head(json_encoder, bad, 5) == framing::errc::body_size_mismatch);
    CHECK(queue.empty());
    CHECK(queue.body_left() == 0);
}

TEST_CASE("nothing comes between the pieces of a body") {
    send_queue queue;
    const std::string body(100, 'b');
    for (int round = 0; round < 3; ++round) {
        std::string sent;
        REQUIRE_FALSE(queue.post(encoder, header_view{}, "before"));
        REQUIRE_FALSE(queue.write_head(encoder, header_view{}, body.size()));
        CHECK(queue.body_left() == 100);
        REQUIRE_FALSE(queue.post(encoder, header_view{}, "first"));
        REQUIRE_FALSE(queue.write_body(std::string_view(body).substr(0, 60)));
        REQUIRE_FALSE(queue.post(shared("second")));
        sent += take(queue, 70);
        REQUIRE_FALSE(queue.write(encoder, header_view{}, "third"));
        const std::size_t size = queue.size();
        CHECK(queue.write_body(std::string_view(body).substr(0, 41)) ==
              std::make_error_code(std::errc::invalid_argument));
        CHECK(queue.size() == size);
        CHECK(queue.body_left() == 40);
        REQUIRE_FALSE(queue.write_body(std::string_view(body).substr(0, 40)));
        CHECK(queue.body_left() == 0);
        REQUIRE_FALSE(queue.post(encoder, header_view{}, "after"));
        sent += take_all(queue);
        CHECK(sent == encoded("before") + encoded(body) + encoded("first") + encoded("second") +
                          encoded("third") + encoded("after"));
    }
}

TEST_CASE("what waits for the end of a body does not keep that end waiting") {
    send_queue queue({.high = 100, .hard = 1000});
    REQUIRE_FALSE(queue.write_head(encoder, header_view{}, 10));
    const std::size_t head = queue.size();
    CHECK(queue.write_head(encoder, header_view{}, 10) ==
          std::make_error_code(std::errc::operation_in_progress));
    while (!queue.post(shared(std::string(100, 'x')))) {
    }
    CHECK_FALSE(queue.has_room());
    CHECK(queue.has_room_for_body());
    CHECK(queue.sendable() == head);
    REQUIRE_FALSE(queue.write_body("01234"));
    take(queue, 1000);
    CHECK(queue.sendable() == 0);
    CHECK_FALSE(queue.empty());
    CHECK(queue.next().empty());
    REQUIRE_FALSE(queue.write_body("56789"));
    CHECK_FALSE(queue.has_room_for_body());
    CHECK(queue.sendable() == queue.size());
}

TEST_CASE("the rest of a piece that has left in part is queued whatever the marks say") {
    send_queue queue({.high = 1, .hard = 0});
    REQUIRE_FALSE(queue.write_head(encoder, header_view{}, 10));
    std::string sent = take_all(queue) + "01";
    queue.write_rest(std::as_bytes(std::span(std::string_view("01234"))), 2);
    CHECK(queue.body_left() == 5);
    queue.write_rest(std::as_bytes(std::span(std::string_view("5678"))), 0);
    sent += take_all(queue);
    REQUIRE_FALSE(queue.write(encoder, header_view{}, "next"));
    queue.write_rest(std::as_bytes(std::span(std::string_view("9"))), 1);
    CHECK(queue.body_left() == 0);
    sent += '9';
    CHECK(sent == encoded("0123456789"));
    CHECK(take_all(queue) == encoded("next"));
}

TEST_CASE("a body of no bytes is complete with its head") {
    send_queue queue;
    REQUIRE_FALSE(queue.write_head(encoder, header_view{}, 0));
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "next"));
    CHECK(take_all(queue) == encoded("") + encoded("next"));
}

TEST_CASE("a body's pieces keep to the hard mark") {
    send_queue queue({.high = 10, .hard = 200});
    REQUIRE_FALSE(queue.write_head(encoder, header_view{}, 1'000'000));
    const std::string piece(150, 'x');
    REQUIRE_FALSE(queue.write_body(piece));
    REQUIRE_FALSE(queue.write_body(piece));
    CHECK(queue.write_body(piece) == no_space);
    CHECK(queue.body_left() == 1'000'000 - 300);
    CHECK(queue.write(encoder, header_view{}, "") == no_space);
    take_all(queue);
    REQUIRE_FALSE(queue.write_body(piece));
    REQUIRE_FALSE(queue.write_body(piece));
    queue.sent(0);
    send_queue heads({.high = 1, .hard = 1});
    REQUIRE_FALSE(heads.write_head(encoder, header_view{}, 0));
    CHECK(heads.write_head(encoder, header_view{}, 0) == no_space);
}

TEST_CASE("memory is given back between frames and inside one, and nothing is lost") {
    send_queue queue;
    queue.shrink();
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "one"));
    queue.shrink();
    std::string sent = take(queue, 5);
    queue.shrink();
    REQUIRE_FALSE(queue.post(encoder, header_view{}, "two"));
    sent += take_all(queue);
    queue.shrink();
    REQUIRE_FALSE(queue.post(shared("three")));
    sent += take_all(queue);
    CHECK(sent == encoded("one") + encoded("two") + encoded("three"));
}

TEST_CASE("whatever is queued in whatever order, the stream is the frames") {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        send_queue queue({.high = 100, .hard = 100'000});
        std::string wanted;
        std::string held;
        std::string sent;
        std::size_t left = 0;
        for (int step = 0; step < 60; ++step) {
            const std::string body(random() % 200, static_cast<char>('a' + step % 26));
            std::string& to = left == 0 ? wanted : held;
            switch (random() % 6) {
            case 0:
                REQUIRE_FALSE(queue.post(encoder, header_view{}, body));
                to += encoded(body);
                break;
            case 1:
                REQUIRE_FALSE(queue.post(shared(body)));
                to += encoded(body);
                break;
            case 2:
                if (left != 0) break;
                left = body.size();
                REQUIRE_FALSE(queue.write_head(encoder, header_view{}, left));
                wanted += encoded(body).substr(0, encoded(body).size() - left);
                break;
            case 3: {
                if (left == 0) break;
                const std::string piece(1 + random() % left, '+');
                REQUIRE_FALSE(queue.write_body(piece));
                wanted += piece;
                left -= piece.size();
                if (left == 0) wanted += std::exchange(held, {});
                break;
            }
            case 4: sent += take(queue, random() % 300); break;
            default: queue.shrink(); break;
            }
        }
        if (left != 0) {
            REQUIRE_FALSE(queue.write_body(std::string(left, '-')));
            wanted += std::string(left, '-') + held;
        }
        sent += take_all(queue, 1 + random() % 500);
        REQUIRE(sent == wanted);
    }
}
