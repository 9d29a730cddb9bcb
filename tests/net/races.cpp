// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/frame.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"
#include "../helpers/scripted_stream.hpp"

#include <asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

// Operations of which one has to lose, in the moment in which both could end: whoever loses has
// done nothing.
namespace {

using namespace asio::experimental::awaitable_operators;
using framing::net::connection_options;
using helpers::frames_of;
using helpers::json;
using helpers::loop;
using helpers::named;
using helpers::names;
using helpers::script;
using helpers::scripted_stream;
using helpers::shown;
using helpers::turns;
using helpers::wire;

using connection = framing::net::connection<scripted_stream>;

constexpr int most_turns = 12; // more than any operation here takes
constexpr int races = 10;

const names all_names{"a:1", "b:22", "c:333", "d:4444", "e:55555"};
const std::string all_frames =
    wire("a", "1") + wire("b", "22") + wire("c", "333") + wire("d", "4444") + wire("e", "55555");

/// How a race goes.
struct race {
    bool dribbles; // the stream comes byte by byte
    bool second;   // the operation starts behind the other one, ...
    int count;     // ... which takes so many turns
};

template <class Run>
void for_all_races(const Run& run) {
    for (const bool dribbles : {false, true})
        for (const bool second : {false, true})
            for (int count = 0; count < most_turns; ++count) {
                CAPTURE(dribbles);
                CAPTURE(second);
                CAPTURE(count);
                run(race{dribbles, second, count});
            }
}

/// What a read gives, if it wins.
template <class T>
asio::awaitable<std::optional<T>> run(race how, asio::awaitable<T> read) {
    if (how.second) {
        const auto winner = co_await (turns(how.count) || std::move(read));
        if (winner.index() == 1) co_return std::get<1>(winner);
    } else {
        const auto winner = co_await (std::move(read) || turns(how.count));
        if (winner.index() == 0) co_return std::get<0>(winner);
    }
    co_return std::nullopt;
}
/// Whether a write wins.
asio::awaitable<bool> run(race how, asio::awaitable<void> write) {
    if (how.second) {
        const auto winner = co_await (turns(how.count) || std::move(write));
        co_return winner.index() == 1;
    }
    const auto winner = co_await (std::move(write) || turns(how.count));
    co_return winner.index() == 0;
}

/// A connection, and the script of its stream.
struct track {
    explicit track(const connection_options& options = {})
        : plot(std::make_shared<script>(io.executor())), peer(scripted_stream(plot), options) {}

    void send_all(bool dribbles) const {
        if (dribbles) plot->read_at_most = 1;
        plot->feed(all_frames);
        plot->end();
    }

    loop io;
    std::shared_ptr<script> plot;
    connection peer;
};

names one_to(int count) {
    names all;
    for (int i = 0; i < count; ++i) all.push_back(std::to_string(i) + ':');
    return all;
}

} // namespace

TEST_CASE("a read that loses a race has taken nothing, whenever it loses") {
    for_all_races([](race how) {
        track t;
        t.send_all(how.dribbles);
        names found;
        t.io.run([&]() -> asio::awaitable<void> {
            for (int left = races; left != 0; --left) {
                const auto frame = co_await run(how, t.peer.read());
                if (frame && *frame != nullptr) found.push_back(shown(**frame));
            }
            while (const auto* frame = co_await t.peer.read()) found.push_back(shown(*frame));
        });
        CHECK(found == all_names);
    });
}

TEST_CASE("a read of a head or of a piece of a body that loses a race has taken nothing") {
    for_all_races([](race how) {
        track t;
        t.send_all(how.dribbles);
        names found;
        t.io.run([&]() -> asio::awaitable<void> {
            while (true) {
                std::optional<framing::frame_head<>*> head;
                for (int left = races; left != 0 && !head; --left)
                    head = co_await run(how, t.peer.read_head());
                if (!head) head = co_await t.peer.read_head();
                if (*head == nullptr) co_return;
                std::string text = (*head)->header.at("name").get<std::string>() + ':';
                while (true) {
                    std::optional<std::span<const std::byte>> piece;
                    for (int left = races; left != 0 && !piece; --left)
                        piece = co_await run(how, t.peer.read_body());
                    if (!piece) piece = co_await t.peer.read_body();
                    if (piece->empty()) break;
                    text += framing::as_text(*piece);
                }
                found.push_back(text);
            }
        });
        CHECK(found == all_names);
    });
}

TEST_CASE("a read into memory that loses a race has taken nothing") {
    for_all_races([](race how) {
        track t;
        t.send_all(how.dribbles);
        names found;
        t.io.run([&]() -> asio::awaitable<void> {
            std::array<std::byte, 2> room{};
            while (const auto* const head = co_await t.peer.read_head()) {
                std::string text = head->header.at("name").get<std::string>() + ':';
                while (true) {
                    std::optional<std::size_t> size;
                    for (int left = races; left != 0 && !size; --left)
                        size = co_await run(how, t.peer.read_body_into(room));
                    if (!size) size = co_await t.peer.read_body_into(room);
                    if (*size == 0) break;
                    text += framing::as_text(std::span(room).first(*size));
                }
                found.push_back(text);
            }
        });
        CHECK(found == all_names);
    });
}

TEST_CASE("a write that loses a race has sent nothing, whenever it loses") {
    for_all_races([](race how) {
        for (const std::size_t high : {std::size_t(1), connection_options().marks.high}) {
            connection_options options;
            options.marks.high = high;
            track t(options);
            t.plot->write_at_most = 5;
            names written;
            t.io.run([&]() -> asio::awaitable<void> {
                for (int i = 0; i < races; ++i) {
                    const json header = named(std::to_string(i));
                    if (co_await run(how, t.peer.write(header)))
                        written.push_back(std::to_string(i) + ':');
                }
                t.plot->end();
                co_await t.peer.close();
            });
            CHECK(frames_of(t.plot->output) == written);
        }
    });
}

TEST_CASE("a race that nobody else can win is as good as none") {
    track t;
    t.send_all(false);
    names found;
    t.io.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            const json header = named(std::to_string(i));
            co_await (t.peer.write(header) && turns(3));
            const auto winner = co_await (t.peer.read() || helpers::pause(std::chrono::seconds(9)));
            REQUIRE(winner.index() == 0);
            found.push_back(shown(*std::get<0>(winner)));
        }
        co_await t.peer.close();
    });
    CHECK(found == all_names);
    CHECK(frames_of(t.plot->output) == one_to(5));
}
