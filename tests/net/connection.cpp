// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/liveness.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/frame_reader.hpp>
#include <framing/net/error.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"
#include "../helpers/scripted_stream.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using asio::redirect_error;
using asio::use_awaitable;
using framing::net::connection_options;
using framing::net::errc;
using helpers::frames_of;
using helpers::json;
using helpers::keep_alive;
using helpers::loop;
using helpers::named;
using helpers::names;
using helpers::outcome;
using helpers::pause;
using helpers::raw_frame;
using helpers::script;
using helpers::scripted_stream;
using helpers::shown;
using helpers::turns;
using helpers::wire;
using std::chrono::milliseconds;

template <class Header = json>
using basic_connection = framing::net::connection<scripted_stream, Header>;
using connection = basic_connection<>;

const std::error_code aborted = asio::error::operation_aborted;
const std::error_code full = std::make_error_code(std::errc::no_buffer_space);

/// A connection, and the script of its stream.
struct scene {
    explicit scene(const connection_options& options = {})
        : plot(std::make_shared<script>(io.executor())), peer(scripted_stream(plot), options) {}

    loop io;
    std::shared_ptr<script> plot;
    connection peer;
};

enum class style { whole, in_pieces, mixed, at_hand_first, into_memory };
constexpr style styles[] = {style::whole, style::in_pieces, style::mixed, style::at_hand_first,
                            style::into_memory};

/// The next piece of a body; none at its end, or where there is an error.
template <class Peer>
asio::awaitable<std::string> read_piece(Peer& peer, style how, std::error_code& error) {
    if (how == style::into_memory) {
        std::array<std::byte, 7> room{};
        const std::size_t size =
            co_await peer.read_body_into(room, redirect_error(use_awaitable, error));
        co_return std::string(framing::as_text(std::span(room).first(size)));
    }
    auto piece = how == style::at_hand_first ? peer.try_read_body() : std::nullopt;
    if (!piece) piece = co_await peer.read_body(redirect_error(use_awaitable, error));
    co_return std::string(framing::as_text(*piece));
}

/// Reads up to the end, or the error.
template <class Peer>
asio::awaitable<outcome> read_all(Peer& peer, style how) {
    outcome result;
    std::error_code error;
    const bool tries = how == style::at_hand_first;
    for (bool whole = how == style::whole || how == style::mixed; true;
         whole = whole != (how == style::mixed)) {
        if (whole) {
            const auto* frame = co_await peer.read(redirect_error(use_awaitable, error));
            if (error || frame == nullptr) break;
            helpers::collect(result, *frame);
        } else {
            const auto* head = tries ? peer.try_read_head() : nullptr;
            if (head == nullptr)
                head = co_await peer.read_head(redirect_error(use_awaitable, error));
            if (error || head == nullptr) break;
            outcome::one_frame one{helpers::text_of(head->header), {}};
            const std::uint64_t size = head->body_size;
            while (true) {
                const std::string piece = co_await read_piece(peer, how, error);
                if (error || piece.empty()) break;
                one.body += piece;
            }
            if (error) break;
            CHECK(one.body.size() == size);
            result.frames.push_back(one);
        }
    }
    result.error = peer.error();
    CHECK(error == static_cast<std::error_code>(result.error));
    co_return result;
}

/// What the core makes of a stream, without the keep-alives.
outcome expected(std::string_view bytes) {
    outcome result = helpers::by_feed<json>(bytes, {});
    std::erase_if(result.frames, [](const auto& frame) { return frame.header == "{}"; });
    return result;
}

const std::string conversation = wire("first", "hello") + keep_alive + wire("empty") +
                                 wire("long", std::string(40, 'x')) + keep_alive + keep_alive +
                                 wire("last", "bye");

template <class Handler>
auto record(Handler& into) {
    return [&into](std::error_code error, const auto&...) {
        CHECK_FALSE(into); // once
        into = error;
    };
}
using result = std::optional<std::error_code>;

/// Whether a header without a name can be given to a coroutine, which g++ 12 destroys twice.
template <class Peer>
concept takes_braces = requires(Peer& peer) {
    peer.write({{"type", "x"}}, "body");
}
|| requires(Peer& peer) {
    peer.write({});
}
|| requires(Peer& peer) {
    peer.write_head({{"type", "x"}}, 0);
};
template <class Executor>
concept connects_to_braces = requires(Executor executor) {
    framing::net::connect(executor, {"127.0.0.1", "1"});
};

} // namespace

static_assert(!takes_braces<framing::net::connection<framing::net::stream_socket>>);
static_assert(!takes_braces<framing::net::connection<framing::net::stream_socket, chat>>);
static_assert(!connects_to_braces<asio::any_io_executor>);

TEST_CASE("a stream gives the same frames however it is cut") {
    for (const style how : styles) {
        for (std::size_t cut = 1; cut < conversation.size(); ++cut) {
            scene s;
            s.plot->cuts = {cut, conversation.size()};
            s.plot->feed(conversation);
            s.plot->end();
            s.io.run([&]() -> asio::awaitable<void> {
                CAPTURE(cut);
                const outcome found = co_await read_all(s.peer, how);
                CHECK(found == expected(conversation));
            });
        }
        std::mt19937 random(7);
        for (int round = 0; round < 50; ++round) {
            scene s;
            s.plot->cuts = round == 0 ? helpers::bytewise(conversation.size())
                                      : helpers::random_cuts(random, conversation.size(), 9);
            s.plot->feed(conversation);
            s.plot->end();
            s.io.run([&]() -> asio::awaitable<void> {
                const outcome found = co_await read_all(s.peer, how);
                CHECK(found == expected(conversation));
            });
        }
    }
}

TEST_CASE("what came in one piece can be read without waiting") {
    scene s;
    s.plot->feed(wire("one", "1") + wire("two", "22"));
    s.io.run([&]() -> asio::awaitable<void> {
        CHECK(s.peer.try_read_head() == nullptr); // nothing has come yet
        const auto* head = co_await s.peer.read_head();
        CHECK(head->header.at("name") == "one");
        auto piece = s.peer.try_read_body();
        CHECK(framing::as_text(piece.value()) == "1");
        CHECK(s.peer.try_read_body().value().empty());
        head = s.peer.try_read_head();
        REQUIRE(head != nullptr);
        CHECK(head->body_size == 2);
        piece = s.peer.try_read_body();
        CHECK(framing::as_text(piece.value()) == "22");
        CHECK(s.peer.try_read_body().value().empty());
        CHECK(s.peer.try_read_head() == nullptr);
        CHECK(s.peer.has_room());
        s.peer.stop();
        CHECK(s.peer.try_read_head() == nullptr);
    });
}

TEST_CASE("a stream that ends inside a frame is truncated, and its fault says where") {
    for (const style how : styles)
        for (std::size_t size = 0; size <= conversation.size(); ++size) {
            scene s;
            s.plot->read_at_most = 1 + size % 17;
            s.plot->feed(std::string_view(conversation).substr(0, size));
            s.plot->end();
            s.io.run([&]() -> asio::awaitable<void> {
                CAPTURE(size);
                const outcome found = co_await read_all(s.peer, how);
                CHECK(found == expected(conversation.substr(0, size)));
            });
            CHECK_FALSE(s.plot->closed);
            CHECK_FALSE(s.peer.failure());
        }
}

TEST_CASE("what is no frame is a fault that says what is wrong and where") {
    for (const std::string& bad :
         {raw_frame(""), raw_frame("[1]"), raw_frame(R"({"body_size":-1})"), raw_frame("{\"a\":"),
          std::string("GET / HTTP/1.1\r\n\r\n"), raw_frame(std::string(70, '['))})
        for (const style how : styles) {
            scene s;
            s.plot->feed(conversation + bad);
            s.io.run([&]() -> asio::awaitable<void> {
                const outcome found = co_await read_all(s.peer, how);
                CHECK(found == expected(conversation + bad));
                CHECK(found.error);
            });
        }
}

TEST_CASE("after a frame of which the body was not read to its end comes the next one") {
    scene s;
    s.plot->read_at_most = 30;
    for (int i = 0; i < 3; ++i) s.plot->feed(wire("long", std::string(100, 'x')) + wire("next"));
    s.plot->feed(wire("cut", std::string(100, 'x')).substr(0, 90));
    s.plot->end();
    s.io.run([&]() -> asio::awaitable<void> {
        const auto* head = co_await s.peer.read_head();
        CHECK(head->body_size == 100);
        const auto* frame = co_await s.peer.read();
        CHECK(shown(*frame) == "next:");
        co_await s.peer.read_head();
        const auto piece = co_await s.peer.read_body();
        CHECK_FALSE(piece.empty());
        CHECK(piece.size() < 100);
        head = co_await s.peer.read_head();
        CHECK(head->header.at("name") == "next");
        CHECK(head->body_size == 0);
        const auto none = co_await s.peer.read_body();
        CHECK(none.empty());
        const auto still_none = co_await s.peer.read_body();
        CHECK(still_none.empty());
        frame = co_await s.peer.read();
        CHECK(frame->body.size() == 100);
        const auto not_in_a_body = co_await s.peer.read_body();
        CHECK(not_in_a_body.empty());
        frame = co_await s.peer.read();
        CHECK(shown(*frame) == "next:");
        co_await s.peer.read_head();
        std::error_code error;
        co_await s.peer.read(redirect_error(use_awaitable, error));
        CHECK(error == framing::errc::truncated);
        const std::size_t before = 3 * (wire("long", std::string(100, 'x')) + wire("next")).size();
        CHECK(s.peer.error().offset == before);
        CHECK(s.peer.error().frame == 6);
        CHECK(s.peer.error().part == framing::frame_part::body);
        CHECK(s.peer.error().position == 90 - (wire("cut", std::string(100, 'x')).size() - 100));
    });
}

TEST_CASE("a body that is read in pieces may be larger than one that is read whole") {
    connection_options options;
    options.limits.max_body_size = 10;
    options.max_streamed_body = 20;
    for (const std::size_t size : {10U, 11U, 20U, 21U}) {
        scene pieces(options);
        scene whole(options);
        for (scene* s : {&pieces, &whole}) s->plot->feed(wire("x", std::string(size, 'x')));
        pieces.io.run([&]() -> asio::awaitable<void> {
            std::error_code error;
            co_await pieces.peer.read_head(redirect_error(use_awaitable, error));
            CHECK((error == framing::errc::body_too_large) == (size > 20));
        });
        whole.io.run([&]() -> asio::awaitable<void> {
            std::error_code error;
            co_await whole.peer.read(redirect_error(use_awaitable, error));
            CHECK((error == framing::errc::body_too_large) == (size > 10));
        });
    }
}

TEST_CASE("keep-alives are not delivered, whatever the header's type") {
    const auto check = [](auto header) {
        using header_type = decltype(header);
        loop io;
        const auto plot = std::make_shared<script>(io.executor());
        basic_connection<header_type> peer((scripted_stream(plot)));
        plot->feed(keep_alive + raw_frame("{ \t}") + wire("one") + keep_alive +
                   raw_frame(R"({"body_size":1})", "x"));
        plot->end();
        io.run([&]() -> asio::awaitable<void> {
            for (const bool whole : {true, false}) {
                if (whole)
                    co_await peer.read();
                else
                    co_await peer.read_head();
            }
            const auto body = co_await peer.read_body();
            CHECK(framing::as_text(body) == "x");
            const auto* none = co_await peer.read();
            CHECK(none == nullptr);
        });
    };
    check(json());
    check(framing::header_view());
}

TEST_CASE("keep-alives are not delivered where headers are of a type that they do not fit") {
    const std::string body(100, 'x');
    const auto said = [](const char* who, std::string_view text = {}) {
        const std::string header = R"({"type":"chat","from":")" + std::string(who) + R"(","seq":1)";
        if (text.empty()) return raw_frame(header + '}');
        return raw_frame(header + R"(,"body_size":)" + std::to_string(text.size()) + '}', text);
    };
    const std::string space = raw_frame(" { \t}\n");
    const std::string sent = keep_alive + said("a", body) + space + keep_alive + said("b", body) +
                             keep_alive + said("c") + space + raw_frame("{ }");
    framing::net::connection_options options;
    options.limits.max_header_size = 100;
    const std::string too_long = raw_frame('{' + std::string(100, ' ') + '}');
    for (const std::size_t at_most : {1u, 3u, 50u, 1000u, 1'000'000u})
        for (const std::string& bad : {std::string(), raw_frame("}{"), raw_frame("{{}}"), too_long,
                                       raw_frame(R"({"body_size":1})", "x"), said("d")}) {
            CAPTURE(bad.size());
            loop io;
            const auto plot = std::make_shared<script>(io.executor());
            basic_connection<chat> peer(scripted_stream(plot), options);
            plot->read_at_most = at_most;
            plot->feed(sent + bad);
            plot->end();
            io.run([&]() -> asio::awaitable<void> {
                const auto* frame = co_await peer.read();
                CHECK(frame->header.from == "a");
                const auto* head = co_await peer.read_head();
                CHECK(head->header.from == "b");
                const auto piece = co_await peer.read_body(); // and not the rest
                CHECK_FALSE(piece.empty());
                head = co_await peer.read_head();
                CHECK(head->header.from == "c");
                std::error_code error;
                frame = co_await peer.read(redirect_error(use_awaitable, error));
                if (bad == said("d"))
                    CHECK(frame->header.from == "d");
                else
                    CHECK(frame == nullptr);
                CHECK(bool(error) == (!bad.empty() && bad != said("d")));
                if (error) CHECK(peer.error().offset == sent.size());
            });
        }
}

TEST_CASE("an error at any step loses no frame before it, and delivers nothing after it") {
    const std::string sent = wire("a", "hello") + wire("b") + wire("c", std::string(30, 'x'));
    for (const style how : styles) {
        std::size_t fail_at = 0;
        for (bool failed = true; failed; ++fail_at) {
            CAPTURE(fail_at);
            connection_options options;
            options.marks.high = 8;
            scene s(options);
            s.plot->read_at_most = 7;
            s.plot->write_at_most = 5;
            s.plot->fail_at = fail_at;
            s.plot->feed(sent);
            s.plot->end();
            names received;
            s.io.run([&]() -> asio::awaitable<void> {
                std::error_code error;
                std::error_code write_error;
                for (bool whole = how != style::in_pieces; true;
                     whole = whole != (how == style::mixed)) {
                    json header;
                    std::string body;
                    if (whole) {
                        const auto* frame =
                            co_await s.peer.read(redirect_error(use_awaitable, error));
                        if (error || frame == nullptr) break;
                        header = frame->header;
                        body = frame->text();
                    } else {
                        const auto* head =
                            co_await s.peer.read_head(redirect_error(use_awaitable, error));
                        if (error || head == nullptr) break;
                        header = head->header;
                        while (true) {
                            const auto piece =
                                co_await s.peer.read_body(redirect_error(use_awaitable, error));
                            if (piece.empty()) break;
                            body += framing::as_text(piece);
                        }
                        if (error) break;
                    }
                    received.push_back(header.at("name").get<std::string>() + ':' + body);
                    co_await s.peer.write(header, body, redirect_error(use_awaitable, write_error));
                }
                co_await s.peer.close(redirect_error(use_awaitable, write_error));
                failed = s.plot->steps > fail_at;
                CHECK(s.peer.failure() ==
                      (failed ? s.plot->failure : make_error_code(errc::closed)));
                CHECK(failed == (error || write_error));
            });
            CHECK(s.plot->closed);
            std::size_t whole_frames = 0;
            std::size_t end = 0;
            for (const std::string& frame : {wire("a", "hello"), wire("b")}) {
                end += frame.size();
                if (end <= s.plot->delivered) ++whole_frames;
            }
            if (s.plot->delivered == sent.size()) ++whole_frames;
            const names all = frames_of(sent);
            CHECK(received == names(all.begin(), all.begin() + std::ptrdiff_t(whole_frames)));
            CHECK(sent.starts_with(s.plot->output));
            if (!failed) CHECK(s.plot->output == sent);
        }
        CHECK(fail_at > 20);
    }
}

TEST_CASE("two writers never mix their frames, whatever the stream takes at a time") {
    for (const std::size_t most : {1U, 2U, 3U, 7U, 50U, 1000U}) {
        connection_options options;
        options.marks.high = 20;
        scene s(options);
        s.plot->write_at_most = most;
        const auto writer = [&](const char* name) -> asio::awaitable<void> {
            const json header = named(name);
            const std::string body(30, *name);
            for (int i = 0; i < 10; ++i) co_await s.peer.write(header, body);
        };
        int over = 0;
        const auto done = [&](const std::exception_ptr& error) {
            CHECK_FALSE(error);
            ++over;
        };
        asio::co_spawn(s.io.executor(), writer("one"), done);
        asio::co_spawn(s.io.executor(), writer("two"), done);
        s.io.until([&] { return over == 2; });
        s.plot->end();
        s.io.run([&]() -> asio::awaitable<void> { co_await s.peer.close(); });
        const names found = frames_of(s.plot->output);
        CHECK(found.size() == 20);
        CHECK(std::count(found.begin(), found.end(), "one:" + std::string(30, 'o')) == 10);
        CHECK(std::count(found.begin(), found.end(), "two:" + std::string(30, 't')) == 10);
    }
}

TEST_CASE("a write waits above the high mark, and room does, too") {
    connection_options options;
    options.marks.high = wire("x").size();
    scene s(options);
    s.plot->block();
    const json header = named("x");
    result first;
    result second;
    result room;
    s.peer.write(header, {}, record(first));
    CHECK_FALSE(first); // never from inside the call
    s.io.poll();
    CHECK(first == std::error_code());
    s.peer.write(header, {}, record(second));
    s.peer.room(record(room));
    s.io.poll();
    CHECK_FALSE(second);
    CHECK_FALSE(room);
    CHECK(s.peer.queued() == wire("x").size());
    s.plot->write_at_most = 1;
    s.plot->block(false);
    s.io.until([&] { return second && room; });
    CHECK_FALSE(*second);
    CHECK_FALSE(*room);
    s.io.until([&] { return s.peer.queued() == 0; });
    CHECK(frames_of(s.plot->output) == names{"x:", "x:"});
}

TEST_CASE("where nothing should be queued a write waits until nothing is") {
    connection_options options;
    options.marks.high = 0;
    scene s(options);
    const json header = named("x");
    s.io.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            co_await s.peer.write(header);
            CHECK(s.peer.queued() == wire("x").size());
        }
        s.plot->end();
        co_await s.peer.close();
    });
    CHECK(frames_of(s.plot->output) == names{"x:", "x:", "x:"});
}

TEST_CASE("frames that come while a body is sent in pieces leave behind it") {
    scene s;
    s.plot->write_at_most = 5;
    s.io.run([&]() -> asio::awaitable<void> {
        const json head = named("head");
        const json other = named("other");
        for (int i = 0; i < 2; ++i) {
            co_await s.peer.write_head(head, 6);
            CHECK_FALSE(s.peer.post(other, "posted"));
            co_await s.peer.write_body("abc");
            co_await s.peer.write(other, "written");
            std::error_code error;
            co_await s.peer.write_body("abcd", redirect_error(use_awaitable, error));
            CHECK(error == std::make_error_code(std::errc::invalid_argument));
            co_await s.peer.write_body("def");
        }
        s.plot->end();
        co_await s.peer.close();
    });
    const names once{"head:abcdef", "other:posted", "other:written"};
    names twice = once;
    twice.insert(twice.end(), once.begin(), once.end());
    CHECK(frames_of(s.plot->output) == twice);
}

TEST_CASE("what of a large body leaves at once, and what does not, leaves once and in order") {
    const std::string large(40'000, 'x');
    const json head = named("head");
    const json other = named("other");
    const names expected{"head:" + large + "yz" + large, "other:posted", "other:" + large,
                         "head:" + large + "yz" + large, "other:posted", "other:" + large};
    for (const std::size_t at_once : {0u, 1u, 10u, 20'000u, 40'000u, 41'000u, 1'000'000u}) {
        CAPTURE(at_once);
        scene s;
        s.plot->at_once = at_once;
        s.plot->write_at_most = 30'000;
        s.io.run([&]() -> asio::awaitable<void> {
            for (int i = 0; i < 2; ++i) {
                co_await s.peer.write_head(head, 2 * large.size() + 2);
                co_await s.peer.write_body(large);
                CHECK_FALSE(s.peer.post(other, "posted"));
                std::error_code error;
                co_await s.peer.write_body(large + large, redirect_error(use_awaitable, error));
                CHECK(error == std::make_error_code(std::errc::invalid_argument));
                co_await s.peer.write_body("y");
                co_await s.peer.write_body("z");
                co_await s.peer.write_body(large);
                co_await s.peer.write(other, large);
            }
            s.plot->end();
            co_await s.peer.close();
        });
        CHECK(frames_of(s.plot->output) == expected);
    }
}

TEST_CASE("who can always go on at once leaves others their turn") {
    const std::string piece(100'000, 'x');
    constexpr std::size_t pieces = 100;
    scene s;
    s.plot->at_once = script::never;
    const json header = named("large");
    std::string body;
    for (std::size_t i = 0; i < pieces; ++i) body += piece;
    s.plot->feed(wire("large", body));
    bool done = false;
    std::size_t turns_of_others = 0;
    const auto others = [&]() -> asio::awaitable<void> {
        while (!done) {
            co_await turns(1);
            ++turns_of_others;
        }
    };
    asio::co_spawn(s.io.executor(), others(), asio::detached);
    s.io.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i < int(pieces); ++i) co_await s.peer.write(header, piece);
        CHECK(turns_of_others >= 20);
        for (const std::size_t size : {100u, 10'000u, 16'383u}) {
            CAPTURE(size);
            turns_of_others = 0;
            const std::string small(size, 'x');
            for (std::size_t sent = 0; sent < body.size(); sent += wire("large", small).size()) {
                const bool has_room = s.peer.has_room();
                const std::size_t before = turns_of_others;
                co_await s.peer.write(header, small);
                CHECK((before == turns_of_others) == has_room);
            }
            CHECK(turns_of_others >= 20);
        }
        turns_of_others = 0;
        co_await s.peer.write_head(header, body.size());
        for (int i = 0; i < int(pieces); ++i) co_await s.peer.write_body(piece);
        CHECK(turns_of_others >= 20);
        turns_of_others = 0;
        co_await s.peer.read_head();
        std::vector<std::byte> room(piece.size());
        while (co_await s.peer.read_body_into(room) != 0) {
        }
        CHECK(turns_of_others >= 20);
        done = true;
    });
}

TEST_CASE("a large body whose frame may be queued is queued whole, whatever the marks say") {
    const std::string large(40'000, 'x');
    connection_options options;
    options.marks = {.high = 1, .hard = 0};
    scene s(options);
    s.plot->block();
    result written;
    const json header = named("large");
    s.peer.write(header, large, record(written));
    s.io.until([&] { return written.has_value(); });
    CHECK_FALSE(*written);
    s.plot->block(false);
    s.io.until([&] { return s.peer.queued() == 0; });
    CHECK(frames_of(s.plot->output) == names{"large:" + large});
}

TEST_CASE("a body comes into memory of the reader's, however it comes") {
    std::string body(3000, 'x');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = char('a' + i % 26);
    const std::string sent = keep_alive + wire("first", body) + wire("empty") + wire("last", "bye");
    for (const std::size_t at_once : {0u, 1u, 700u, 1'000'000u})
        for (const std::size_t at_most : {1u, 100u, 1000u, 1'000'000u})
            for (const std::size_t size : {1u, 13u, 2990u, 100'000u}) {
                CAPTURE(at_once);
                CAPTURE(at_most);
                CAPTURE(size);
                scene s;
                s.plot->at_once = at_once;
                s.plot->read_at_most = at_most;
                s.plot->feed(sent);
                s.plot->end();
                names found;
                s.io.run([&]() -> asio::awaitable<void> {
                    std::vector<std::byte> room(size);
                    while (const auto* const head = co_await s.peer.read_head()) {
                        std::string text = head->header.at("name").get<std::string>() + ':';
                        while (const std::size_t came = co_await s.peer.read_body_into(room))
                            text += framing::as_text(std::span(room).first(came));
                        found.push_back(text);
                    }
                });
                CHECK(found == names{"first:" + body, "empty:", "last:bye"});
            }
}

TEST_CASE("a post is refused above the hard mark, and what cannot be encoded at once") {
    connection_options options;
    options.marks = {.high = 1, .hard = 2 * wire("x").size()};
    scene s(options);
    s.plot->block();
    CHECK_FALSE(s.peer.post(named("x")));
    CHECK_FALSE(s.peer.post(std::make_shared<const std::string>(wire("y"))));
    CHECK(s.peer.post(named("x")) == full);
    CHECK(s.peer.post(std::make_shared<const std::string>(wire("y"))) == full);
    s.plot->block(false);
    s.io.until([&] { return s.peer.queued() == 0; });
    CHECK_FALSE(s.peer.post(named("z")));
    json bad = named("bad");
    bad["body_size"] = 7;
    CHECK(s.peer.post(bad, "hello") == framing::errc::body_size_mismatch);
    result written;
    s.peer.write(bad, "hello", record(written));
    s.io.until([&] { return written && s.peer.queued() == 0; });
    CHECK(written == framing::make_error_code(framing::errc::body_size_mismatch));
    CHECK(frames_of(s.plot->output) == names{"x:", "y:", "z:"});
}

TEST_CASE("many frames leave in one write") {
    scene s;
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(s.peer.post(named("x")));
    s.io.until([&] { return s.peer.queued() == 0; });
    CHECK(s.plot->steps == 1);
}

TEST_CASE("many connections share one frame") {
    loop io;
    std::vector<std::shared_ptr<script>> plots;
    std::vector<connection> peers;
    for (int i = 0; i < 20; ++i) {
        plots.push_back(std::make_shared<script>(io.executor()));
        plots.back()->write_at_most = static_cast<std::size_t>(i + 1);
        peers.emplace_back(scripted_stream(plots.back()));
    }
    const auto frame = std::make_shared<const std::string>(wire("to all", "hello"));
    for (connection& peer : peers) REQUIRE_FALSE(peer.post(frame));
    CHECK(frame.use_count() == 21);
    io.until([&] {
        return std::all_of(peers.begin(), peers.end(), [](auto& p) { return p.queued() == 0; });
    });
    for (const auto& plot : plots) CHECK(plot->output == *frame);
    CHECK(frame.use_count() == 1);
    peers.clear();
    io.finish();
}

TEST_CASE("a read that is cancelled loses nothing, wherever the stream was") {
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total})
        for (const bool at_once : {false, true})
            for (std::size_t cut = 0; cut <= conversation.size(); ++cut) {
                CAPTURE(cut);
                scene s;
                s.plot->feed(std::string_view(conversation).substr(0, cut));
                outcome found;
                result ended;
                asio::cancellation_signal signal;
                while (true) { // reads all there is
                    ended = std::nullopt;
                    s.peer.read(asio::bind_cancellation_slot(
                        signal.slot(), [&](std::error_code error, framing::frame<json>* frame) {
                            ended = error;
                            if (frame != nullptr) helpers::collect(found, *frame);
                        }));
                    if (!at_once) s.io.poll();
                    if (!ended) signal.emit(type);
                    s.io.poll();
                    REQUIRE(ended);
                    if (*ended) break;
                }
                CHECK(*ended == aborted);
                s.plot->feed(std::string_view(conversation).substr(cut));
                s.plot->end();
                s.io.run([&]() -> asio::awaitable<void> {
                    const outcome rest = co_await read_all(s.peer, style::mixed);
                    found.frames.insert(found.frames.end(), rest.frames.begin(), rest.frames.end());
                });
                CHECK(found == expected(conversation));
            }
}

TEST_CASE("a read of a piece of a body that is cancelled loses nothing") {
    scene s;
    const std::string frame = wire("x", "hello world");
    s.plot->feed(std::string_view(frame).substr(0, frame.size() - 6));
    s.io.run([&]() -> asio::awaitable<void> {
        co_await s.peer.read_head();
        const auto piece = co_await s.peer.read_body();
        CHECK(framing::as_text(piece) == "hello");
        asio::cancellation_signal signal;
        result ended;
        s.peer.read_body(asio::bind_cancellation_slot(signal.slot(), record(ended)));
        co_await turns();
        CHECK_FALSE(ended);
        signal.emit(asio::cancellation_type::total);
        co_await turns();
        CHECK(ended == aborted);
        s.plot->feed(frame.substr(frame.size() - 6) + wire("y"));
        const auto rest = co_await s.peer.read_body();
        CHECK(framing::as_text(rest) == " world");
        const auto end = co_await s.peer.read_body();
        CHECK(end.empty());
        const auto* next = co_await s.peer.read();
        CHECK(shown(*next) == "y:");
    });
}

TEST_CASE("a body that was given up for the next frame is not gone on with") {
    for (const bool whole : {true, false})
        for (const bool into : {true, false}) {
            scene s;
            const std::string frame = wire("long", "hello world");
            s.plot->feed(std::string_view(frame).substr(0, frame.size() - 6));
            s.io.run([&]() -> asio::awaitable<void> {
                co_await s.peer.read_head();
                asio::cancellation_signal signal;
                result ended;
                if (whole)
                    s.peer.read(asio::bind_cancellation_slot(signal.slot(), record(ended)));
                else
                    s.peer.read_head(asio::bind_cancellation_slot(signal.slot(), record(ended)));
                co_await turns();
                signal.emit(asio::cancellation_type::total);
                co_await turns();
                CHECK(ended == aborted);
                s.plot->feed(frame.substr(frame.size() - 6));
                co_await turns();
                std::error_code error;
                const std::string rest = co_await read_piece(
                    s.peer, into ? style::into_memory : style::in_pieces, error);
                CHECK(rest == "");
                s.plot->feed(wire("next"));
                const auto* next = co_await s.peer.read();
                CHECK(shown(*next) == "next:");
            });
        }
}

TEST_CASE("where there is no body to be read, nobody waits for it") {
    scene s;
    s.plot->feed(wire("x", "hello"));
    s.io.run([&]() -> asio::awaitable<void> {
        co_await s.peer.read();
        result none;
        s.peer.read_body(record(none));
        co_await turns();
        CHECK(none == std::error_code());
        std::array<std::byte, 7> room{};
        none = std::nullopt;
        s.peer.read_body_into(room, record(none));
        co_await turns();
        CHECK(none == std::error_code());
    });
}

TEST_CASE("a waiting write that is cancelled sends nothing") {
    connection_options options;
    options.marks.high = 1;
    scene s(options);
    s.plot->block();
    CHECK_FALSE(s.peer.post(named("first")));
    const json second = named("second");
    const json third = named("third");
    asio::cancellation_signal signal;
    result cancelled;
    result written;
    s.peer.write(second, {}, asio::bind_cancellation_slot(signal.slot(), record(cancelled)));
    s.peer.write(third, {}, record(written));
    s.io.poll();
    signal.emit(asio::cancellation_type::total);
    s.io.poll();
    CHECK(cancelled == aborted);
    CHECK_FALSE(written);
    s.plot->block(false);
    s.plot->end();
    s.io.run([&]() -> asio::awaitable<void> { co_await s.peer.close(); });
    CHECK(written == make_error_code(errc::closed)); // it came too late
    CHECK(frames_of(s.plot->output) == names{"first:"});
}

TEST_CASE("close lets what is queued leave, and says so to the peer before it closes") {
    scene s;
    s.plot->write_at_most = 3;
    CHECK_FALSE(s.peer.post(named("a"), "hello"));
    CHECK_FALSE(s.peer.post(named("b"), std::string(1000, 'x')));
    result closed;
    s.peer.close(record(closed));
    s.io.until([&] { return s.plot->shut_down; });
    CHECK_FALSE(closed);
    CHECK_FALSE(s.plot->closed); // the peer may still take it
    CHECK(s.peer.post(named("d")) == errc::closed);
    result written;
    const json header = named("d");
    s.peer.write(header, {}, record(written));
    s.plot->feed("what nobody reads any more, and is no frame");
    s.io.poll();
    CHECK(written == make_error_code(errc::closed));
    CHECK_FALSE(s.plot->closed);
    s.plot->end();
    s.io.until([&] { return closed.has_value(); });
    CHECK(closed == std::error_code());
    CHECK(s.plot->closed);
    CHECK(frames_of(s.plot->output) == names{"a:hello", "b:" + std::string(1000, 'x')});
}

TEST_CASE("reads that come while a connection is being closed give nothing") {
    scene s;
    result closed;
    s.peer.close(record(closed));
    s.io.poll();
    CHECK(s.plot->read_waits()); // for the peer to close its side
    s.io.run([&]() -> asio::awaitable<void> {
        const auto* frame = co_await s.peer.read();
        CHECK(frame == nullptr);
        const auto* head = co_await s.peer.read_head();
        CHECK(head == nullptr);
    });
    result read;
    s.peer.read(record(read));
    s.io.poll();
    CHECK(read == std::error_code());
    CHECK_FALSE(closed);
    s.plot->end();
    s.io.until([&] { return closed.has_value(); });
    CHECK_FALSE(*closed);
}

TEST_CASE("a connection that is closed twice is closed once, and both are told") {
    for (const bool at_once : {true, false})
        for (const bool blocked : {false, true}) {
            connection_options options;
            options.close_time = milliseconds(blocked ? 20 : 4000);
            scene s(options);
            s.plot->block(blocked);
            CHECK_FALSE(s.peer.post(named("x")));
            result first;
            result second;
            s.peer.close(record(first));
            if (!at_once) s.io.poll();
            s.peer.close(record(second));
            s.io.poll();
            s.plot->end();
            s.io.until([&] { return first && second; });
            CHECK(bool(*first) == blocked);
            CHECK(second == first);
            result third;
            s.peer.close(record(third));
            s.io.until([&] { return third.has_value(); });
            CHECK(third == first);
        }
}

TEST_CASE("close takes a bounded time when the peer takes nothing") {
    connection_options options;
    options.close_time = milliseconds(30);
    scene s(options);
    s.plot->block();
    CHECK_FALSE(s.peer.post(named("a")));
    s.io.run([&]() -> asio::awaitable<void> {
        std::error_code error;
        co_await s.peer.close(redirect_error(use_awaitable, error));
        CHECK(error == errc::write_stalled);
    });
    CHECK(s.plot->closed);
    CHECK_FALSE(s.plot->shut_down);
}

TEST_CASE("close takes a bounded time when the peer does not close") {
    connection_options options;
    options.linger_time = milliseconds(30);
    scene s(options);
    CHECK_FALSE(s.peer.post(named("a")));
    s.io.run([&]() -> asio::awaitable<void> { co_await s.peer.close(); });
    CHECK(s.plot->closed);
    CHECK(s.plot->shut_down);
    CHECK(frames_of(s.plot->output) == names{"a:"});
}

TEST_CASE("close says when a body was not complete, and what had ended the connection before") {
    connection_options options;
    options.close_time = milliseconds(30);
    scene half(options);
    half.io.run([&]() -> asio::awaitable<void> {
        const json header = named("x");
        co_await half.peer.write_head(header, 10);
        std::error_code error;
        co_await half.peer.close(redirect_error(use_awaitable, error));
        CHECK(error);
    });
    scene gone;
    gone.peer.abort(gone.plot->failure);
    gone.io.run([&]() -> asio::awaitable<void> {
        std::error_code error;
        co_await gone.peer.close(redirect_error(use_awaitable, error));
        CHECK(error == gone.plot->failure);
    });
}

TEST_CASE("what was wrong with the peer's stream can still be asked after a close") {
    scene s;
    s.plot->feed(wire("good") + raw_frame("[1]"));
    s.io.run([&]() -> asio::awaitable<void> {
        co_await s.peer.read();
        std::error_code error;
        co_await s.peer.read(redirect_error(use_awaitable, error));
        CHECK(error == framing::errc::invalid_header);
        const framing::fault before = s.peer.error();
        s.plot->feed("more");
        s.plot->end();
        co_await s.peer.close();
        CHECK(s.peer.error() == before);
    });
}

TEST_CASE("a stop ends reads, also one that waits") {
    for (const style how : {style::whole, style::in_pieces}) {
        scene s;
        result ended;
        const auto read = [&] {
            ended = std::nullopt;
            if (how == style::whole)
                s.peer.read([&](std::error_code error, framing::frame<json>* frame) {
                    CHECK(frame == nullptr);
                    ended = error;
                });
            else
                s.peer.read_head([&](std::error_code error, framing::net::frame_head<json>* head) {
                    CHECK(head == nullptr);
                    ended = error;
                });
        };
        read();
        s.io.poll();
        CHECK_FALSE(ended);
        CHECK_FALSE(s.peer.stopped());
        s.peer.stop();
        CHECK(s.peer.stopped());
        s.io.poll();
        CHECK(ended == std::error_code());
        s.plot->feed(wire("late"));
        s.io.poll();
        read();
        s.io.poll();
        CHECK(ended == std::error_code());
        CHECK_FALSE(s.peer.post(named("answer"))); // which still leaves
        s.io.until([&] { return s.peer.queued() == 0; });
        CHECK(frames_of(s.plot->output) == names{"answer:"});
    }
}

TEST_CASE("destroying a connection ends all its operations") {
    loop io;
    const auto plot = std::make_shared<script>(io.executor());
    connection_options options;
    options.marks.high = 1;
    const json header = named("x");
    result read;
    result write;
    result room;
    {
        connection peer(scripted_stream(plot), options);
        plot->block();
        CHECK_FALSE(peer.post(named("first")));
        peer.read(record(read));
        peer.write(header, "hello", record(write));
        peer.room(record(room));
        io.poll();
        CHECK(plot->read_waits());
        CHECK(plot->write_waits());
    }
    CHECK(plot->closed);
    io.finish();
    for (const result& each : {read, write, room}) CHECK(each == make_error_code(errc::closed));
}

TEST_CASE("destroying a connection while it is closed ends that, too") {
    for (const bool blocked : {true, false}) {
        loop io;
        const auto plot = std::make_shared<script>(io.executor());
        plot->block(blocked);
        result closed;
        {
            connection peer((scripted_stream(plot)));
            CHECK_FALSE(peer.post(named("first")));
            peer.close(record(closed));
            io.poll();
            CHECK_FALSE(closed);
        }
        io.finish();
        REQUIRE(closed);
        CHECK(bool(*closed) == blocked);
    }
}

TEST_CASE("an abort ends all operations with its reason, and the first one counts") {
    scene s;
    result read;
    s.peer.read(record(read));
    s.io.poll();
    const std::error_code why = std::make_error_code(std::errc::owner_dead);
    s.peer.abort(why);
    s.peer.abort();
    s.io.poll();
    CHECK(read == why);
    CHECK(s.peer.failure() == why);
    CHECK(s.plot->closed);
    CHECK(s.peer.post(named("x")) == why);
    result write;
    const json header = named("x");
    s.peer.write(header, {}, record(write));
    s.io.poll();
    CHECK(write == why);
}

TEST_CASE("an abort ends also what has come and was not read") {
    for (const style how : {style::whole, style::in_pieces}) {
        scene s;
        s.plot->feed(wire("first") + wire("second") + wire("third"));
        s.io.run([&]() -> asio::awaitable<void> {
            const auto* first = co_await s.peer.read();
            CHECK(shown(*first) == "first:");
            s.peer.abort();
            std::error_code error;
            if (how == style::whole)
                co_await s.peer.read(redirect_error(use_awaitable, error));
            else
                co_await s.peer.read_head(redirect_error(use_awaitable, error));
            CHECK(error == errc::closed);
            CHECK(s.peer.try_read_head() == nullptr);
        });
    }
}

TEST_CASE("a second read beside one that waits is refused, and the first one goes on") {
    scene s;
    result second;
    s.io.run([&]() -> asio::awaitable<void> {
        asio::co_spawn(
            s.io.executor(),
            [&]() -> asio::awaitable<void> {
                co_await turns(1);
                s.peer.read(record(second));
                std::error_code error;
                co_await s.peer.read_head(redirect_error(use_awaitable, error));
                CHECK(error == asio::error::already_started);
                s.plot->feed(wire("x"));
            },
            asio::detached);
        const auto* frame = co_await s.peer.read();
        CHECK(shown(*frame) == "x:");
    });
    CHECK(second == asio::error::already_started);
}

TEST_CASE("that a connection has ended can be waited for, whatever has ended it") {
    using action = std::function<void(scene&)>;
    const action actions[] = {
        [](scene& s) { s.plot->end(); },
        [](scene& s) { s.peer.stop(); },
        [](scene& s) { s.peer.abort(); },
        [](scene& s) { s.peer.close(asio::detached); },
        [](scene& s) { s.plot->feed(raw_frame("[1]")); },
        [](scene& s) {
            s.plot->fail_at = s.plot->steps;
            s.plot->feed("x");
        },
    };
    for (const action& end : actions)
        for (const bool before : {false, true}) {
            scene s;
            const auto read = [&] { s.peer.read([](std::error_code, framing::frame<json>*) {}); };
            read();
            s.io.poll();
            result ended;
            if (before) end(s);
            s.io.poll();
            s.peer.ended(record(ended));
            CHECK_FALSE(ended);
            if (!before) {
                s.io.poll();
                CHECK_FALSE(ended);
                end(s);
            }
            s.io.until([&] { return ended.has_value(); });
            CHECK_FALSE(*ended);
            s.plot->end();
        }
    scene s;
    asio::cancellation_signal signal;
    result cancelled;
    s.peer.ended(asio::bind_cancellation_slot(signal.slot(), record(cancelled)));
    s.io.poll();
    signal.emit(asio::cancellation_type::total);
    s.io.poll();
    CHECK(cancelled == aborted);
}

TEST_CASE("a time that is too long for the clock never passes") {
    connection_options options;
    options.close_time = milliseconds::max();
    options.linger_time = milliseconds::max();
    options.times.silence = framing::deadlines::duration::max();
    scene s(options);
    s.plot->block();
    CHECK_FALSE(s.peer.post(named("a")));
    result closed;
    s.peer.close(record(closed));
    s.io.poll();
    CHECK_FALSE(s.plot->closed);
    s.plot->block(false);
    s.io.poll();
    CHECK_FALSE(s.plot->closed);
    s.plot->end();
    s.io.until([&] { return closed.has_value(); });
    CHECK_FALSE(*closed);
    CHECK(frames_of(s.plot->output) == names{"a:"});
}

TEST_CASE("an assigned connection is the other one, and its own stream is closed at once") {
    scene a;
    const auto plot = std::make_shared<script>(a.io.executor());
    connection other((scripted_stream(plot)));
    a.peer = std::move(other);
    CHECK(a.plot->closed);
    CHECK_FALSE(plot->closed);
    CHECK_FALSE(a.peer.post(named("x")));
    a.io.until([&] { return a.peer.queued() == 0; });
    CHECK(frames_of(plot->output) == names{"x:"});
}

TEST_CASE("operations take callbacks, futures and redirected errors") {
    scene s;
    s.plot->feed(wire("zero") + wire("one"));
    const json header = named("sent");

    std::string called;
    s.peer.read([&](std::error_code error, framing::frame<json>* frame) {
        CHECK_FALSE(error);
        called = shown(*frame);
    });
    CHECK(called.empty()); // never from inside the call
    s.io.poll();
    CHECK(called == "zero:");
    s.peer.read([&](std::error_code, framing::frame<json>* frame) { called = shown(*frame); });
    CHECK(called == "zero:"); // though it is there
    s.io.poll();
    CHECK(called == "one:");
    s.plot->feed(wire("two", "body") + wire("three"));

    const auto is_ready = [](const auto& future) {
        return future.wait_for(milliseconds(0)) == std::future_status::ready;
    };
    auto head = s.peer.read_head(asio::use_future);
    s.io.until([&] { return is_ready(head); });
    CHECK(head.get()->body_size == 4);
    auto piece = s.peer.read_body(asio::use_future);
    s.io.until([&] { return is_ready(piece); });
    CHECK(framing::as_text(piece.get()) == "body");
    auto written = s.peer.write(header, "hello", asio::use_future);
    s.io.until([&] { return is_ready(written); });
    written.get();

    std::error_code error = aborted;
    auto last = s.peer.read(redirect_error(asio::use_future, error));
    s.io.until([&] { return is_ready(last); });
    CHECK_FALSE(error);
    CHECK(shown(*last.get()) == "three:");
    s.plot->feed("\xff\xff\xff\xff");
    auto bad = s.peer.read(asio::use_future);
    s.io.until([&] { return is_ready(bad); });
    CHECK_THROWS_AS(bad.get(), std::system_error);

    s.plot->end();
    auto closed = s.peer.close(asio::use_future);
    s.io.until([&] { return is_ready(closed); });
    closed.get();
    CHECK(frames_of(s.plot->output) == names{"sent:hello"});
}

TEST_CASE("a stranger may say less than one who has authenticated") {
    connection_options options;
    options.times.authentication = std::chrono::minutes(1);
    options.limits_before_authentication = {.max_header_size = 40, .max_body_size = 3};
    const std::string name(50, 'x');
    {
        scene s(options);
        s.plot->feed(wire("a", "123") + wire("b", "1234"));
        s.io.run([&]() -> asio::awaitable<void> {
            const auto* frame = co_await s.peer.read();
            CHECK(shown(*frame) == "a:123");
            std::error_code error;
            co_await s.peer.read(redirect_error(use_awaitable, error));
            CHECK(error == framing::errc::body_too_large);
        });
    }
    {
        scene s(options);
        s.plot->feed(wire(name));
        s.io.run([&]() -> asio::awaitable<void> {
            std::error_code error;
            co_await s.peer.read(redirect_error(use_awaitable, error));
            CHECK(error == framing::errc::header_too_large);
        });
    }
    {
        int told = 0;
        options.on_authenticated = [&] { ++told; };
        scene s(options);
        s.plot->feed(wire("a") + wire(name, "1234"));
        s.io.run([&]() -> asio::awaitable<void> {
            co_await s.peer.read();
            CHECK(told == 0);
            s.peer.authenticated();
            CHECK(told == 1);
            const auto* frame = co_await s.peer.read();
            CHECK(shown(*frame) == name + ":1234");
        });
    }
    options.on_authenticated = nullptr;
    options.limits_before_authentication.reset(); // nobody is a stranger
    scene s(options);
    s.plot->feed(wire(name));
    s.io.run([&]() -> asio::awaitable<void> {
        const auto* frame = co_await s.peer.read();
        CHECK(shown(*frame) == name + ":");
    });
}

TEST_CASE("deadlines end a connection, and operations say which") {
    const auto ends = [](const connection_options& options, errc why, auto act) {
        scene s(options);
        s.io.run([&]() -> asio::awaitable<void> {
            act(s);
            std::error_code error;
            while (!error) co_await s.peer.read(redirect_error(use_awaitable, error));
            CHECK(error == why);
        });
        CHECK(s.peer.failure() == why);
        CHECK(s.plot->closed);
        CHECK(s.peer.post(named("x")) == why);
    };
    connection_options options;
    options.times = {.authentication = milliseconds(30)};
    ends(options, errc::authentication_timeout, [](scene& s) { s.plot->feed(wire("hello")); });

    options.times = {};
    options.times.silence = milliseconds(30);
    ends(options, errc::silent_peer, [](scene& s) { s.plot->feed(wire("hello")); });

    options.times = {};
    options.times.frame = milliseconds(30);
    ends(options, errc::frame_timeout, [](scene& s) { s.plot->feed(wire("hello").substr(1)); });

    options.times = {};
    options.times.write_stall = milliseconds(30);
    ends(options, errc::write_stalled, [](scene& s) {
        s.plot->block();
        CHECK_FALSE(s.peer.post(named("x")));
    });
}

TEST_CASE("bytes that dribble in do not put a frame's deadline off") {
    connection_options options;
    options.times.frame = milliseconds(40);
    options.times.silence = std::chrono::minutes(1);
    scene s(options);
    s.plot->feed(wire("whole"));
    s.io.run([&]() -> asio::awaitable<void> {
        const std::string endless = wire("endless", std::string(100'000, 'x'));
        asio::co_spawn(
            s.io.executor(),
            [](std::shared_ptr<script> plot, std::string bytes) -> asio::awaitable<void> {
                for (std::size_t i = 0; i < bytes.size() && !plot->closed; ++i) {
                    plot->feed(bytes.substr(i, 1));
                    co_await pause(milliseconds(2));
                }
            }(s.plot, endless),
            asio::detached);
        const auto* frame = co_await s.peer.read();
        CHECK(shown(*frame) == "whole:");
        std::error_code error;
        co_await s.peer.read(redirect_error(use_awaitable, error));
        CHECK(error == errc::frame_timeout);
    });
}

TEST_CASE("a body that is read in pieces may take longer than a frame, but not in silence") {
    connection_options options;
    options.times.frame = milliseconds(20);
    options.times.silence = milliseconds(400);
    scene s(options);
    s.io.run([&]() -> asio::awaitable<void> {
        s.plot->feed(wire("long", std::string(10, 'x')).substr(0, wire("long").size() + 16));
        co_await s.peer.read_head();
        for (int i = 0; i < 5; ++i) {
            co_await pause(milliseconds(10));
            s.plot->feed("x");
        }
        std::error_code error;
        while (!error) co_await s.peer.read_body(redirect_error(use_awaitable, error));
        CHECK(error == errc::silent_peer);
    });
}

TEST_CASE("a connection with nothing to say sends keep-alives") {
    connection_options options;
    options.times.heartbeat = milliseconds(10);
    options.times.silence = {};
    scene s(options);
    s.io.until([&] { return s.plot->output.size() >= 3 * keep_alive.size(); });
    CHECK(s.plot->output.starts_with(keep_alive + keep_alive + keep_alive));
}

TEST_CASE("keep-alives keep a connection alive that says nothing else") {
    connection_options options;
    options.times.silence = milliseconds(1000);
    scene s(options);
    result read;
    s.peer.read(record(read));
    s.io.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i < 12; ++i) {
            s.plot->feed(keep_alive);
            co_await pause(milliseconds(100));
        }
    });
    CHECK_FALSE(read);
    CHECK_FALSE(s.peer.failure());
}

TEST_CASE("a half-closed peer is still answered") {
    scene s;
    s.plot->feed(wire("question"));
    s.plot->end();
    s.io.run([&]() -> asio::awaitable<void> {
        const auto* frame = co_await s.peer.read();
        CHECK(shown(*frame) == "question:");
        for (int i = 0; i < 2; ++i) {
            const auto* none = co_await s.peer.read();
            CHECK(none == nullptr);
        }
        const json header = named("answer");
        co_await s.peer.write(header);
        co_await s.peer.close();
    });
    CHECK(frames_of(s.plot->output) == names{"answer:"});
}

TEST_CASE("a fault is final, whatever is read after it") {
    for (const style first : {style::whole, style::in_pieces})
        for (const style then : {style::whole, style::in_pieces})
            for (const std::string& bad : {raw_frame("[1]"), raw_frame(R"({"body_size":-1})")}) {
                CAPTURE(int(first));
                CAPTURE(int(then));
                scene s;
                s.plot->feed(wire("good") + bad + wire("never seen") + wire("nor this"));
                s.plot->end();
                s.io.run([&]() -> asio::awaitable<void> {
                    const outcome found = co_await read_all(s.peer, first);
                    CHECK(found.frames.size() == 1);
                    CHECK(found.error);
                    const outcome rest = co_await read_all(s.peer, then);
                    CHECK(rest.frames.empty());
                    CHECK(rest.error == found.error);
                });
            }
}

TEST_CASE("a stranger's header is short, also where the body is read in pieces") {
    connection_options options;
    options.times.authentication = std::chrono::minutes(1);
    options.limits_before_authentication = {.max_header_size = 40, .max_body_size = 3};
    const std::string name(50, 'x');
    scene s(options);
    s.plot->feed(wire("a") + wire(name));
    s.io.run([&]() -> asio::awaitable<void> {
        co_await s.peer.read_head();
        std::error_code error;
        co_await s.peer.read_head(redirect_error(use_awaitable, error));
        CHECK(error == framing::errc::header_too_large);
    });
    scene known(options);
    known.plot->feed(wire("a") + wire(name));
    known.io.run([&]() -> asio::awaitable<void> {
        co_await known.peer.read_head();
        known.peer.authenticated();
        const auto* head = co_await known.peer.read_head();
        CHECK(head->header.at("name") == name);
    });
}

TEST_CASE("frames that wait behind a body of ours are no stall of the peer's") {
    for (const bool by_heartbeat : {false, true}) {
        connection_options options;
        options.times.write_stall = milliseconds(30);
        options.times.heartbeat = milliseconds(by_heartbeat ? 10 : 0);
        scene s(options);
        const json header = named("slow");
        s.io.run([&]() -> asio::awaitable<void> {
            co_await s.peer.write_head(header, 2);
            co_await s.peer.write_body("a");
            if (!by_heartbeat) CHECK_FALSE(s.peer.post(named("behind")));
            co_await pause(milliseconds(150)); // longer than the peer may take
            CHECK_FALSE(s.peer.failure());
            std::error_code error;
            co_await s.peer.write_body("b", redirect_error(use_awaitable, error));
            s.plot->end();
            co_await s.peer.close(redirect_error(use_awaitable, error));
            CHECK_FALSE(error);
        });
        CHECK(s.plot->output.starts_with(wire("slow", "ab")));
    }
}

TEST_CASE("running out of memory at any step ends a connection, and no operation waits for ever") {
    const std::string sent = wire("a", "hello") + wire("b");
    for (std::size_t throw_at = 0; throw_at < 4; ++throw_at) {
        CAPTURE(throw_at);
        scene s;
        s.plot->read_at_most = 7;
        s.plot->throw_at = throw_at;
        s.plot->feed(sent);
        s.io.run([&]() -> asio::awaitable<void> {
            const std::error_code no_memory = asio::error::no_memory;
            std::error_code error;
            while (!error) co_await s.peer.read(redirect_error(use_awaitable, error));
            CHECK(error == no_memory);
        });
    }
    scene s;
    s.plot->throw_at = 0;
    s.io.run([&]() -> asio::awaitable<void> {
        std::error_code error;
        co_await s.peer.close(redirect_error(use_awaitable, error));
    });
    CHECK(s.plot->closed);
}

TEST_CASE("running out of memory for a write ends its connection, and no other") {
    for (std::size_t throw_at = 0; throw_at < 3; ++throw_at) {
        CAPTURE(throw_at);
        scene s;
        s.plot->write_at_most = 7;
        s.plot->throw_at = throw_at;
        CHECK_FALSE(s.peer.post(named("x")));
        for (int i = 0; i < 10; ++i) s.io.poll();
        CHECK(s.peer.failure() == std::error_code(asio::error::no_memory));
        CHECK(s.plot->closed);
        result closed;
        s.peer.close(record(closed));
        s.io.until([&] { return closed.has_value(); });
        CHECK(closed == std::error_code(asio::error::no_memory));
    }
}

TEST_CASE("a peer that falls silent is noticed after a read that was cancelled, too") {
    connection_options options;
    options.times.silence = milliseconds(200);
    scene s(options);
    const std::string frame = wire("x", "hello");
    s.plot->cuts = {1, frame.size() - 2};
    s.plot->feed(std::string_view(frame).substr(0, frame.size() - 2));
    s.io.run([&]() -> asio::awaitable<void> {
        asio::cancellation_signal signal;
        result ended;
        s.peer.read(asio::bind_cancellation_slot(signal.slot(), record(ended)));
        co_await turns();
        CHECK(s.plot->read_waits());
        signal.emit(asio::cancellation_type::total);
        co_await turns();
        CHECK(ended == aborted);
        co_await s.peer.read_head(); // all of it was there
        const auto piece = co_await s.peer.read_body();
        CHECK(framing::as_text(piece) == "hel");
        std::error_code error;
        co_await s.peer.read_body(redirect_error(use_awaitable, error));
        CHECK(error == errc::silent_peer);
    });
}

TEST_CASE("a close whose time is up in the moment in which the connection ends is just over") {
    connection_options options;
    options.close_time = milliseconds(0);
    scene s(options);
    s.plot->block();
    CHECK_FALSE(s.peer.post(named("x")));
    s.io.poll();
    result closed;
    s.peer.close(record(closed));
    asio::post(s.io.executor(), [&] { s.peer.abort(); });
    s.io.until([&] { return closed.has_value(); });
    CHECK(*closed);
    s.io.poll();
}

TEST_CASE("what waits for a loop that never runs again is given back with it") {
    std::shared_ptr<script> plot;
    {
        scene s;
        plot = s.plot;
        const json header = named("last");
        CHECK_FALSE(s.peer.post(header));
    }
    CHECK(plot.use_count() == 1);
}
