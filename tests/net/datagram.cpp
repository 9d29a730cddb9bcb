// SPDX-License-Identifier: MIT
#include <framing/error.hpp>
#include <framing/net/address.hpp>
#include <framing/net/datagram.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"
#include "../helpers/raw_frame.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace {

using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::udp;
using helpers::json;
using helpers::loop;
using helpers::named;
using helpers::raw_frame;
using helpers::shown;
using helpers::wire;

using datagram_socket = framing::net::datagram_socket<>;
using datagram = framing::net::datagram<json>;

udp::socket bound(loop& io) {
    return udp::socket(io.executor(), udp::endpoint(asio::ip::address_v4::loopback(), 0));
}

} // namespace

TEST_CASE("a datagram is one frame, and says who sent it") {
    loop io;
    datagram_socket a(bound(io));
    datagram_socket b(bound(io));
    io.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            CHECK_FALSE(a.send(named("question"), "why?", b.socket().local_endpoint()));
            const datagram* question = co_await b.receive();
            CHECK(shown(question->message) == "question:why?");
            CHECK(question->sender == a.socket().local_endpoint());
            CHECK(question->size == wire("question", "why?").size());
            const auto shared = std::make_shared<const std::string>(wire("answer"));
            CHECK_FALSE(b.send(shared, question->sender));
            const datagram* answer = co_await a.receive();
            CHECK(shown(answer->message) == "answer:");
        }
    });
    CHECK(a.dropped() == 0);
    CHECK(b.dropped() == 0);
}

TEST_CASE("a datagram that is not exactly one frame is dropped and counted") {
    loop io;
    datagram_socket receiver(bound(io), 200);
    udp::socket stranger = bound(io);
    const udp::endpoint to = receiver.socket().local_endpoint();
    const std::string bad[] = {"",
                               "x",
                               wire("a") + "x",
                               wire("a") + wire("b"),
                               wire("a").substr(0, 8),
                               raw_frame("[]"),
                               raw_frame(""),
                               wire("a", std::string(200, 'x')),
                               std::string(60'000, '\0')};
    io.run([&]() -> asio::awaitable<void> {
        std::uint64_t dropped = 0;
        for (const std::string& bytes : bad) {
            stranger.send_to(asio::buffer(bytes), to);
            stranger.send_to(asio::buffer(wire("good")), to);
            const datagram* next = co_await receiver.receive();
            CHECK(shown(next->message) == "good:");
            CHECK(receiver.dropped() == ++dropped);
        }
    });
}

TEST_CASE("a frame that is too long for a datagram is not sent, nor is what is no frame") {
    loop io;
    const std::size_t most = wire("x", std::string(100, 'x')).size();
    datagram_socket sender(bound(io), most);
    datagram_socket receiver(bound(io), most);
    const udp::endpoint to = receiver.socket().local_endpoint();
    CHECK(sender.send(named("x"), std::string(101, 'x'), to) ==
          std::make_error_code(std::errc::message_size));
    json bad = named("bad");
    bad["body_size"] = 7;
    CHECK(sender.send(bad, "hello", to) == framing::errc::body_size_mismatch);
    CHECK_FALSE(sender.send(named("x"), std::string(100, 'x'), to));
    io.run([&]() -> asio::awaitable<void> {
        const datagram* next = co_await receiver.receive();
        CHECK(next->message.body.size() == 100);
    });
    CHECK(receiver.dropped() == 0);
}

#ifdef __linux__ // where a connected socket is told, and hears on
TEST_CASE("that nobody listens where a datagram was sent does not end the loop") {
    loop io;
    std::optional<udp::socket> gone(bound(io));
    const udp::endpoint nobody = gone->local_endpoint();
    gone.reset();
    datagram_socket a(bound(io));
    a.socket().connect(nobody);
    std::size_t told = 0;
    for (int i = 0; i < 10; ++i)
        if (a.send(named("x"), {}, nobody) == asio::error::connection_refused) ++told;
    CHECK(told > 0);
    CHECK((!a.send(named("x"), {}, nobody) || !a.send(named("x"), {}, nobody)));
    std::optional<std::string> heard;
    a.receive([&](std::error_code error, datagram* next) {
        CHECK_FALSE(error);
        if (next != nullptr) heard = shown(next->message);
    });
    io.poll();
    CHECK_FALSE(heard);
    udp::socket late(io.executor(), nobody);
    late.send_to(asio::buffer(wire("here I am")), a.socket().local_endpoint());
    io.until([&] { return heard.has_value(); });
    CHECK(heard == "here I am:");
}
#endif

#if defined(__linux__) && !defined(FRAMING_PORTABLE) // where each address of 127/8 is ours
TEST_CASE("an answer comes from the address that was asked, of a socket that has them all") {
    for (const bool v6 : {false, true}) {
        CAPTURE(v6);
        loop io;
        const auto any = v6 ? udp::endpoint(udp::v6(), 0) : udp::endpoint(udp::v4(), 0);
        udp::socket all(io.executor(), any.protocol());
        if (v6) all.set_option(asio::ip::v6_only(false));
        all.bind(any);
        datagram_socket server(std::move(all));
        const udp::endpoint asked(asio::ip::make_address("127.0.0.2"),
                                  server.socket().local_endpoint().port());
        datagram_socket client(udp::socket(io.executor(), udp::v4()));
        client.socket().connect(asked); // takes answers from there alone
        io.run([&]() -> asio::awaitable<void> {
            for (int i = 0; i < 3; ++i) {
                CHECK_FALSE(client.send(named("question"), {}, asked));
                const datagram* question = co_await server.receive();
                CHECK(framing::net::unmapped(question->destination) == asked.address());
                CHECK_FALSE(
                    server.send(named("answer"), {}, question->sender, question->destination));
                const datagram* answer = co_await client.receive();
                CHECK(answer->sender == asked);
                CHECK(answer->destination.is_unspecified());
            }
        });
    }
}
#endif

TEST_CASE("a receive whose socket is closed behind a datagram that came says so") {
    loop io;
    datagram_socket a(bound(io));
    bound(io).send_to(asio::buffer(wire("late")), a.socket().local_endpoint());
    std::optional<std::error_code> ended;
    a.receive([&](std::error_code error, datagram* next) {
        CHECK(next == nullptr);
        ended = error;
    });
    a.socket().close();
    io.finish();
    CHECK(ended == make_error_code(asio::error::operation_aborted));
}

TEST_CASE("a receive ends when it is cancelled, and when the socket is closed") {
    for (const bool close : {false, true}) {
        loop io;
        datagram_socket a(bound(io));
        std::optional<std::error_code> ended;
        asio::cancellation_signal signal;
        a.receive(
            asio::bind_cancellation_slot(signal.slot(), [&](std::error_code error, datagram* next) {
                CHECK(next == nullptr);
                ended = error;
            }));
        io.poll();
        CHECK_FALSE(ended);
        if (close)
            a.socket().close();
        else
            signal.emit(asio::cancellation_type::terminal);
        io.finish();
        CHECK(ended == make_error_code(asio::error::operation_aborted));
    }
}
