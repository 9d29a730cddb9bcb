// SPDX-License-Identifier: MIT
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/detail/connect_first.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/test_server.hpp"

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using asio::redirect_error;
using asio::use_awaitable;
using framing::net::address;
using framing::net::stream_endpoint;
using framing::net::stream_socket;
using helpers::ask;
using helpers::client;
using helpers::echo;
using helpers::hear_out;
using helpers::json;
using helpers::loop;
using helpers::named;
using helpers::obey;
using helpers::options_type;
using helpers::pause;
using helpers::place;
using helpers::server;
using std::chrono::milliseconds;

template <class Server>
constexpr bool listens_at_any_text = requires(Server& host, const std::string& text) {
    host.listen("127.0.0.1:0");
    host.listen(text);
};

} // namespace

TEST_CASE("a server says which port it took, and serves several addresses at once") {
    place p(echo);
    std::vector<std::string> doors{p.listen("127.0.0.1:0")};
    try {
        doors.push_back(p.listen("[::1]:0"));
        CHECK(doors.back().starts_with("[::1]:"));
    } catch (const std::system_error&) {
        MESSAGE("no IPv6 here");
    }
    CHECK(doors[0].starts_with("127.0.0.1:"));
    CHECK_FALSE(doors[0].ends_with(":0"));
    p.io.run([&]() -> asio::awaitable<void> {
        std::vector<client> peers;
        for (const std::string& door : doors) {
            client peer = co_await dial(p.io, door);
            const std::string answer = co_await ask(peer, "hello", std::string(100'000, 'x'));
            CHECK(answer == "hello:" + std::string(100'000, 'x'));
            peers.push_back(std::move(peer));
        }
        CHECK(p.host.connections() == doors.size());
        for (client& peer : peers) co_await peer.close();
    });
    p.io.until([&] { return p.host.connections() == 0; });
    CHECK(p.lines_with("disconnected") == std::ptrdiff_t(doors.size()));
    CHECK_THROWS_AS(p.listen(doors[0]), std::system_error);
    CHECK_THROWS_AS(p.listen("nonsense"), std::invalid_argument);
    p.host.stop();
    p.io.finish();
}

TEST_CASE("an address may be given as any text") {
    CHECK(listens_at_any_text<server>);
}

TEST_CASE("a server listens at all that a name stands for, at one port") {
    using asio::ip::tcp;
    place p;
    const tcp::endpoint v6(asio::ip::address_v6::loopback(), 0);
    const tcp::endpoint v4(asio::ip::address_v4::loopback(), 0);
    const tcp::endpoint not_here(asio::ip::make_address("192.0.2.1"), 0);
    const std::string door = p.host.listen_at({not_here, v6, v4});
    CHECK(door.starts_with("[::1]:"));
    const std::string port = door.substr(door.rfind(':'));
    p.io.run([&]() -> asio::awaitable<void> {
        for (const std::string host : {"[::1]", "127.0.0.1"}) {
            client peer = co_await dial(p.io, host + port);
            const std::string answer = co_await ask(peer, "hello");
            CHECK(answer == "hello:");
        }
    });
    CHECK_THROWS_AS(p.host.listen_at({not_here}), std::system_error);

    // What is taken is taken, and nothing is half open.
    place other;
    const std::uint16_t number = *framing::net::to_port(port.substr(1));
    const tcp::endpoint free(asio::ip::make_address("127.0.0.2"), number);
    const tcp::endpoint taken(asio::ip::address_v4::loopback(), number);
    CHECK_THROWS_AS(other.host.listen_at({free, taken}), std::system_error);
    CHECK(other.host.listen_at({free}).starts_with("127.0.0.2:"));
}

TEST_CASE("all of IPv6 is all of IPv4, too, but beside it alone") {
    for (const bool v4_first : {false, true}) {
        place p;
        const std::string first = p.listen(v4_first ? "0.0.0.0:0" : "[::]:0");
        const std::string port = first.substr(first.rfind(':'));
        CHECK(p.listen((v4_first ? "[::]" : "0.0.0.0") + port) ==
              (v4_first ? "[::]" : "0.0.0.0") + port);
        if (v4_first) CHECK_THROWS_AS(p.listen("0.0.0.0" + port), std::system_error);
        p.io.run([&]() -> asio::awaitable<void> {
            for (const std::string host : {"[::1]", "127.0.0.1"}) {
                client peer = co_await dial(p.io, host + port);
                const std::string answer = co_await ask(peer, "hello");
                CHECK(answer == "hello:");
                CHECK(p.lines_with(host + ':') == 1); // an address as it is typed
            }
        });
        place stranger;
        CHECK_THROWS_AS(stranger.listen("[::]" + port), std::system_error);
    }
}

TEST_CASE("connections are counted by IPv4 addresses, and by the /64 of IPv6") {
    using framing::net::network_of;
    const auto network = [](const char* host) { return network_of(asio::ip::make_address(host)); };
    CHECK(network("192.0.2.7") == "192.0.2.7");
    CHECK(network("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(network("2001:db8:1:2::") == network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    CHECK(network("2001:db8:1:2::") != network("2001:db8:1:3::"));
    CHECK(network_of(stream_endpoint(asio::local::stream_protocol::endpoint("socket"))).empty());
}

TEST_CASE("a client takes the first address that answers") {
    using asio::ip::tcp;
    place p;
    const std::string door = p.listen("127.0.0.1:0");
    const std::uint16_t port = *framing::net::to_port(door.substr(door.rfind(':') + 1));
    const tcp::endpoint good(asio::ip::address_v4::loopback(), port);

    // One that refuses, and one that is silent, its queue being full.
    tcp::acceptor refuses(p.io.executor(), {asio::ip::address_v4::loopback(), 0});
    const tcp::endpoint refused = refuses.local_endpoint();
    refuses.close();
    tcp::acceptor silent(p.io.executor());
    silent.open(tcp::v6());
    silent.bind({asio::ip::address_v6::loopback(), 0});
    silent.listen(0);
    std::vector<tcp::socket> crowd;
    for (int i = 0; i < 8; ++i) {
        crowd.emplace_back(p.io.executor());
        crowd.back().async_connect(silent.local_endpoint(), [](std::error_code) {});
    }
    p.io.poll();

    using framing::net::detail::connect_first;
    p.io.run([&]() -> asio::awaitable<void> {
        for (const std::vector<tcp::endpoint>& several :
             {std::vector{refused, good}, std::vector{silent.local_endpoint(), good},
              std::vector{silent.local_endpoint(), silent.local_endpoint(), refused, good}}) {
            std::vector<tcp::endpoint> endpoints = several;
            const tcp::socket socket =
                co_await connect_first(p.io.executor(), std::move(endpoints));
            CHECK(socket.remote_endpoint() == good);
        }
        std::vector<tcp::endpoint> none{refused, refused};
        std::error_code error;
        try {
            co_await connect_first(p.io.executor(), std::move(none));
        } catch (const std::system_error& failure) {
            error = failure.code();
        }
        CHECK(error == asio::error::connection_refused);
    });
}

TEST_CASE("the addresses of a name are tried in turns of both kinds") {
    using asio::ip::tcp;
    const auto v6 = [](std::uint16_t port) { return tcp::endpoint(tcp::v6(), port); };
    const auto v4 = [](std::uint16_t port) { return tcp::endpoint(tcp::v4(), port); };
    using framing::net::detail::in_turns;
    using list = std::vector<tcp::endpoint>;
    CHECK(in_turns({}).empty());
    CHECK(in_turns({v4(1)}) == list{v4(1)});
    CHECK(in_turns({v6(1), v6(2), v6(3), v4(4), v4(5)}) == list{v6(1), v4(4), v6(2), v4(5), v6(3)});
    CHECK(in_turns({v4(1), v6(2), v6(3), v6(4)}) == list{v4(1), v6(2), v6(3), v6(4)});
}

TEST_CASE("no more connections than allowed, in all and from one address") {
    for (const bool by_address : {false, true}) {
        options_type options;
        (by_address ? options.per_address : options.connections) = 2;
        place p(obey, options);
        const std::string door = p.listen("127.0.0.1:0");
        p.io.run([&]() -> asio::awaitable<void> {
            std::optional<client> first = co_await dial(p.io, door);
            client second = co_await dial(p.io, door);
            for (client* peer : {&*first, &second}) {
                const std::string answer = co_await ask(*peer, "hello");
                CHECK(answer == "hello:");
            }
            client third = co_await dial(p.io, door);
            const std::string refused = co_await ask(third, "hello");
            CHECK(refused.empty());
            CHECK(p.lines_with("refused: too many connections") == 1);
            CHECK(p.host.refused() == 1);
            CHECK(p.host.dropped() == 0);
            first.reset();
            while (p.host.connections() > 1) co_await pause(milliseconds(1));
            client fourth = co_await dial(p.io, door);
            const std::string answer = co_await ask(fourth, "hello");
            CHECK(answer == "hello:");
        });
    }
}

TEST_CASE("of too many who have not authenticated one makes room") {
    options_type options;
    options.authenticates = true;
    options.unauthenticated = 1;
    options.grace = milliseconds(0);
    place p(obey, options);
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client known = co_await dial(p.io, door);
        const std::string welcome = co_await ask(known, "authenticate");
        CHECK(welcome == "authenticate:");
        client first = co_await dial(p.io, door);
        const std::string before = co_await ask(first, "hello");
        CHECK(before == "hello:");
        client second = co_await dial(p.io, door);
        const helpers::names heard = co_await hear_out(first);
        CHECK(heard.empty());
        for (client* peer : {&known, &second}) {
            const std::string answer = co_await ask(*peer, "hello");
            CHECK(answer == "hello:");
        }
        CHECK(p.lines_with("dropped: too many have not authenticated") == 1);
        CHECK(p.host.dropped() == 1);
        CHECK(p.host.refused() == 0);
        CHECK(p.host.connections() == 2);
    });
}

#ifdef __linux__ // where each address of 127/8 is this machine's
TEST_CASE("where all hold too many bytes those go that hold most, of the network that does") {
    options_type options;
    options.memory = 1'000'000;
    const auto confirm = [](client& peer) -> asio::awaitable<void> {
        while (const auto* frame = co_await peer.read()) {
            const json size = named(std::to_string(frame->body.size()));
            co_await peer.write(size);
        }
    };
    place p(confirm, options);
    const auto door = address::parse(p.listen("0.0.0.0:0"));
    const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(),
                                        framing::net::to_port(door.port).value());
    const auto come_from = [&](const char* host) {
        asio::ip::tcp::socket socket(p.io.executor(), {asio::ip::make_address(host), 0});
        socket.connect(there);
        return socket;
    };
    const std::string wire = helpers::frame_with(std::string(310'000, 'x'));
    const auto say = [](asio::ip::tcp::socket& to, std::string_view text) {
        return asio::async_write(to, asio::buffer(text), use_awaitable);
    };
    p.io.run([&]() -> asio::awaitable<void> {
        auto most = come_from("127.0.0.2");
        co_await say(most, std::string_view(wire).substr(0, 300'000));
        std::vector<asio::ip::tcp::socket> crowd;
        for (std::size_t i = 0; i < 3; ++i) {
            crowd.push_back(come_from("127.0.0.1"));
            co_await say(crowd.back(), std::string_view(wire).substr(0, 240'000 + i));
        }
        while (p.host.dropped() == 0) co_await pause(milliseconds(1));
        CHECK(p.lines_with(" wait in all connections, most of them of its network, and ") == 1);
        co_await say(most, std::string_view(wire).substr(300'000));
        std::string answer(helpers::wire("310000").size(), '\0');
        co_await asio::async_read(most, asio::buffer(answer), use_awaitable);
        CHECK(answer == helpers::wire("310000"));
        CHECK(p.host.dropped() == 1);
    });
}
#endif

TEST_CASE("who does not authenticate in time is sent away") {
    options_type options;
    options.authenticates = true;
    options.connection.times.authentication = milliseconds(30);
    place p(obey, options);
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, door);
        co_await hear_out(peer);
    });
    p.io.until([&] { return p.host.connections() == 0; });
    CHECK(p.lines_with("authenticate in time") == 1);
}

TEST_CASE("an exception in a handler, or a bad frame, ends that connection only") {
    place p;
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client good = co_await dial(p.io, door);
        for (const char* order : {"throw", "throw something"}) {
            client peer = co_await dial(p.io, door);
            const std::string answer = co_await ask(peer, order);
            CHECK(answer.empty());
        }
        client stranger = co_await dial(p.io, door);
        const std::string request = "GET / HTTP/1.1\r\n\r\n";
        co_await stranger.stream().async_send(asio::buffer(request), use_awaitable);
        co_await hear_out(stranger);
        client rude = co_await dial(p.io, door);
        rude.stream().set_option(asio::socket_base::linger(true, 0));
        rude.abort(); // a reset
        while (p.host.connections() > 1) co_await pause(milliseconds(1));
        const std::string answer = co_await ask(good, "still there?");
        CHECK(answer == "still there?:");
    });
    CHECK(p.lines_with("as you like") == 1);
    CHECK(p.lines_with("something unknown was thrown") == 1);
    CHECK(p.lines_with("header_too_large") == 1);
    CHECK(p.host.connections() == 1);
}

TEST_CASE("what a handler throws after it has closed is told, but not that it is closed") {
    place p;
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        for (const char* order : {"abort", "abort and throw"}) {
            client peer = co_await dial(p.io, door);
            const std::string answer = co_await ask(peer, order);
            CHECK(answer.empty());
        }
        while (p.host.connections() != 0) co_await pause(milliseconds(1));
        CHECK(p.lines_with("closed") == 0);
        client relayed = co_await dial(p.io, door);
        const std::string answer = co_await ask(relayed, "throw closed"); // of another connection
        CHECK(answer.empty());
        while (p.host.connections() != 0) co_await pause(milliseconds(1));
    });
    CHECK(p.lines_with("on second thoughts") == 1);
    CHECK(p.lines_with("closed") == 1);
}

TEST_CASE("what a handler has queued leaves after it has returned") {
    place p([](client& peer) -> asio::awaitable<void> {
        for (int i = 0; i < 100; ++i)
            if (peer.post(named("bye"), std::string(5000, 'x'))) throw std::runtime_error("full");
        co_return;
    });
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, door);
        const helpers::names heard = co_await hear_out(peer);
        CHECK(heard.size() == 100);
        CHECK_FALSE(peer.failure());
    });
}

TEST_CASE("a stop lets what is queued leave, and says goodbye to those who are known") {
    options_type options;
    options.authenticates = true;
    options.goodbye = named("goodbye");
    place p(obey, options);
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client known = co_await dial(p.io, door);
        const std::string welcome = co_await ask(known, "authenticate");
        CHECK(welcome == "authenticate:");
        client stranger = co_await dial(p.io, door);
        const std::string hello = co_await ask(stranger, "hello");
        CHECK(hello == "hello:");
        p.host.stop();
        p.host.stop();
        CHECK(p.host.stopping());
        const helpers::names heard = co_await hear_out(known);
        CHECK(heard == helpers::names{"last words:", "goodbye:"});
        CHECK_FALSE(known.failure()); // a clean end
        const helpers::names less = co_await hear_out(stranger);
        CHECK(less == helpers::names{"last words:"});
        std::error_code error;
        stream_socket late(p.io.executor());
        late.connect(resolve_local(address::parse(door)).front(), error);
        CHECK(error == asio::error::connection_refused);
    });
    p.io.finish();
    CHECK(p.host.connections() == 0);
}

TEST_CASE("a stop that takes too long becomes an abort") {
    options_type options;
    options.stop_time = milliseconds(30);
    int aborts = 0;
    options.on_abort = [&] { ++aborts; };
    place p(
        [](client& peer) -> asio::awaitable<void> {
            const json header = named("flood");
            const std::string body(100'000, 'x');
            while (true) co_await peer.write(header, body); // which nobody reads
        },
        options);
    const std::string door = p.listen("127.0.0.1:0");
    std::optional<client> peer;
    p.io.run([&]() -> asio::awaitable<void> {
        peer = co_await dial(p.io, door);
        while (p.host.connections() == 0) co_await pause(milliseconds(1));
    });
    p.host.stop();
    p.io.until([&] { return p.host.connections() == 0; });
    CHECK(aborts == 1);
    peer.reset();
    p.io.finish();
}

TEST_CASE("an abort ends all at once") {
    place p;
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, door);
        const std::string hello = co_await ask(peer, "hello");
        CHECK(hello == "hello:");
        p.host.abort();
        const helpers::names heard = co_await hear_out(peer);
        CHECK(heard.empty());
    });
    p.io.finish();
    CHECK(p.host.connections() == 0);
}

TEST_CASE("an abort waits for nobody who takes nothing") {
    int written = 0;
    place p([&](client& peer) -> asio::awaitable<void> {
        const json header = named("flood");
        const std::string body(100'000, 'x');
        for (;; ++written) co_await peer.write(header, body);
    });
    const std::string door = p.listen("127.0.0.1:0");
    stream_socket deaf(p.io.executor());
    deaf.connect(resolve_local(address::parse(door)).front());
    p.io.run([&]() -> asio::awaitable<void> {
        int before = 0;
        while (written == 0 || std::exchange(before, written) != written)
            co_await pause(milliseconds(20));
    });
    p.host.abort();
    p.io.finish(); // while it is still there
    CHECK(p.host.connections() == 0);
}

TEST_CASE("a server may be made where its executor is awaited") {
    loop io;
    io.run([]() -> asio::awaitable<void> {
        server host(co_await asio::this_coro::executor, echo); // g++ 12 loses defaults there
        const std::string door = host.listen("127.0.0.1:0");
        CHECK(door.starts_with("127.0.0.1:"));
    });
    io.finish();
}

TEST_CASE("destroying a server ends its connections") {
    loop io;
    std::optional<server> host(std::in_place, io.executor(), obey);
    const std::string door = host->listen(std::string_view("127.0.0.1:0"));
    std::optional<client> peer;
    io.run([&]() -> asio::awaitable<void> {
        peer = co_await dial(io, door);
        const std::string hello = co_await ask(*peer, "hello");
        CHECK(hello == "hello:");
    });
    host.reset();
    io.run([&]() -> asio::awaitable<void> { co_await hear_out(*peer); });
    peer.reset();
    io.finish();
}

TEST_CASE("a signal stops a server, and a second one aborts it") {
    for (const bool idle : {true, false}) {
        place p([](client& peer) -> asio::awaitable<void> {
            const json header = named("flood");
            const std::string body(100'000, 'x');
            while (true) co_await peer.write(header, body);
        });
        const std::string door = p.listen("127.0.0.1:0");
        p.host.stop_on_signals();
        std::optional<client> peer;
        if (!idle)
            p.io.run([&]() -> asio::awaitable<void> {
                peer = co_await dial(p.io, door);
                while (p.host.connections() == 0) co_await pause(milliseconds(1));
            });
        p.io.poll();
        ::raise(SIGTERM);
        p.io.until([&] { return p.host.stopping(); });
        if (!idle) {
            CHECK(p.host.connections() == 1);
            ::raise(SIGINT);
            p.io.until([&] { return p.host.connections() == 0; });
        }
        peer.reset();
        p.io.finish();
        CHECK(p.lines_with("stopping on signal 15") == 1);
    }
}

TEST_CASE("a server that has stopped listens at no address more") {
    place p;
    p.listen("127.0.0.1:0");
    p.host.stop();
    CHECK_THROWS_WITH(p.listen("127.0.0.1:0"), "the server has stopped: the connection was closed "
                                               "on this side");
    p.io.finish();
}

TEST_CASE("a log that throws costs its line") {
    options_type options;
    options.log = [](framing::net::log_level, const std::string&) {
        throw std::runtime_error("!");
    };
    loop io;
    server host(io.executor(), obey, options);
    const std::string door = host.listen("127.0.0.1:0");
    io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(io, door);
        const std::string hello = co_await ask(peer, "hello");
        CHECK(hello == "hello:");
        const std::string thrown = co_await ask(peer, "throw");
        CHECK(thrown.empty());
        host.stop();
    });
    io.finish();
    CHECK(host.connections() == 0);
}

TEST_CASE("a server says when its last connection has ended after a stop") {
    options_type options;
    int stops = 0;
    options.on_stopped = [&] { ++stops; };
    place p(echo, options);
    const std::string door = p.listen("127.0.0.1:0");
    std::optional<client> peer;
    p.io.run([&]() -> asio::awaitable<void> {
        peer = co_await dial(p.io, door);
        while (p.host.connections() == 0) co_await pause(milliseconds(1));
    });
    CHECK(stops == 0);
    p.host.stop();
    CHECK(stops == 0);
    p.io.until([&] { return stops != 0; });
    CHECK(p.host.connections() == 0);
    p.host.stop();
    peer.reset();
    p.io.finish();
    CHECK(stops == 1);
}

TEST_CASE("nothing leaves before a handshake is over, whatever time it takes") {
    options_type options;
    options.connection.times.heartbeat = milliseconds(5);
    options.handshake = [](stream_socket& socket) -> asio::awaitable<void> {
        asio::steady_timer pause(socket.get_executor(), milliseconds(50));
        co_await pause.async_wait(use_awaitable);
        co_await asio::async_write(socket, asio::buffer("hello", 5), use_awaitable);
    };
    place p(obey, options);
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, door);
        std::array<char, 11> first{};
        co_await asio::async_read(peer.stream(), asio::buffer(first), use_awaitable);
        CHECK(std::string_view(first.data(), 5) == "hello");
        CHECK(std::string_view(first.data() + 5, 6) == std::string_view("\0\0\0\2{}", 6));
    });
}

TEST_CASE("what comes before the first frame is a stranger's, too") {
    options_type options;
    options.unauthenticated = 1;
    options.grace = milliseconds(0);
    options.handshake = [](stream_socket& socket) -> asio::awaitable<void> {
        char letter = 0;
        const asio::mutable_buffer room(&letter, 1);
        co_await socket.async_receive(room, use_awaitable);
        if (letter != 'k') throw std::runtime_error("no handshake");
    };
    place p(obey, options);
    const std::string door = p.listen("127.0.0.1:0");
    p.io.run([&]() -> asio::awaitable<void> {
        const auto say = [](client& peer, std::string_view letter) {
            asio::write(peer.stream(), asio::buffer(letter));
        };
        client good = co_await dial(p.io, door);
        say(good, "k");
        const std::string hello = co_await ask(good, "hello");
        CHECK(hello == "hello:");
        client bad = co_await dial(p.io, door);
        say(bad, "x");
        co_await hear_out(bad);
        CHECK(p.lines_with("no handshake") == 1);
        client silent = co_await dial(p.io, door);
        client next = co_await dial(p.io, door);
        co_await hear_out(silent);
        say(next, "k");
        const std::string answer = co_await ask(next, "hello");
        CHECK(answer == "hello:");
        const std::string still = co_await ask(good, "hello");
        CHECK(still == "hello:");
    });
}
