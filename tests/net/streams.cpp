// SPDX-License-Identifier: MIT
// Frames go over anything that reads and writes as Asio's streams do.
#include <framing/net/asio.hpp>
#include <framing/net/async_stream.hpp>
#include <framing/net/connection.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"

#include <asio/buffered_read_stream.hpp>
#include <asio/buffered_stream.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/serial_port.hpp>
#include <doctest/doctest.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace {

template <class Stream>
using frames_over = framing::net::connection<Stream>;

using asio::redirect_error;
using asio::use_awaitable;
using framing::net::async_stream;
using helpers::json;
using helpers::loop;
using helpers::named;
using helpers::shown;

using unix_socket = asio::local::stream_protocol::socket;

/// A stream of one's own, with no more than is needed.
class bare_stream {
public:
    explicit bare_stream(unix_socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] asio::any_io_executor get_executor() { return socket_.get_executor(); }
    void close(std::error_code& error) { socket_.close(error); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }

private:
    unix_socket socket_;
};

struct no_stream {};

static_assert(async_stream<asio::ip::tcp::socket>);
static_assert(async_stream<framing::net::stream_socket>);
static_assert(async_stream<asio::serial_port>);
static_assert(async_stream<bare_stream>);
static_assert(!async_stream<no_stream>);
static_assert(!async_stream<asio::steady_timer>);

std::array<unix_socket, 2> pair_of(loop& io) {
    std::array<unix_socket, 2> ends{unix_socket(io.executor()), unix_socket(io.executor())};
    asio::local::connect_pair(ends[0], ends[1]);
    return ends;
}

/// A terminal that passes bytes on as they are, both its ends.
std::array<int, 2> raw_terminal() {
    std::array<int, 2> ends{};
    termios raw{};
    ::cfmakeraw(&raw);
    REQUIRE(::openpty(&ends[0], &ends[1], nullptr, &raw, nullptr) == 0);
    return ends;
}

/// Says and hears the same on both sides, which then close.
template <class Near, class Far>
void talk(loop& io, frames_over<Near> here, frames_over<Far> there) {
    io.run([&]() -> asio::awaitable<void> {
        const json header = named("hello");
        for (const std::size_t size : {0U, 1U, 1000U, 3000U}) {
            const std::string body(size, 'x');
            co_await here.write(header, body);
            const auto* const asked = co_await there.read();
            CHECK(shown(*asked) == "hello:" + body);
            co_await there.write(header, asked->body);
            const auto* const answer = co_await here.read();
            CHECK(shown(*answer) == "hello:" + body);
        }
        const json last = named("last");
        CHECK_FALSE(here.post(last));
        asio::co_spawn(io.executor(), here.close(), asio::detached);
        const auto* const frame = co_await there.read();
        CHECK(shown(*frame) == "last:");
        std::error_code error;
        static_cast<void>(co_await there.read(redirect_error(use_awaitable, error)));
        CHECK((there.failure() || !error));
        co_await there.close(redirect_error(use_awaitable, error));
    });
    io.finish();
}

/// Over a stream that is made before its socket is connected.
template <class Stream>
frames_over<Stream> over(loop& io, unix_socket socket) {
    asio::any_io_executor executor = io.executor();
    frames_over<Stream> frames(executor);
    frames.stream().next_layer() = std::move(socket);
    return frames;
}

} // namespace

TEST_CASE("frames go over a socket of its own protocol") {
    loop io;
    auto [one, other] = pair_of(io);
    talk(io, frames_over<unix_socket>(std::move(one)), frames_over<unix_socket>(std::move(other)));
}

TEST_CASE("frames go over a stream that has no layers and no half of a close") {
    loop io;
    auto [one, other] = pair_of(io);
    talk(io, frames_over<bare_stream>(std::move(one)), frames_over<bare_stream>(std::move(other)));
}

TEST_CASE("frames go over descriptors") {
    loop io;
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    using descriptor = asio::posix::stream_descriptor;
    talk(io, frames_over<descriptor>(descriptor(io.executor(), ends[0])),
         frames_over<descriptor>(descriptor(io.executor(), ends[1])));
}

TEST_CASE("frames go over a serial port") {
    loop io;
    const std::array<int, 2> ends = raw_terminal();
    using descriptor = asio::posix::stream_descriptor;
    talk(io, frames_over<asio::serial_port>(asio::serial_port(io.executor(), ends[1])),
         frames_over<descriptor>(descriptor(io.executor(), ends[0])));
}

TEST_CASE("frames go over streams that keep bytes back") {
    const auto talk_over = []<class Stream>() {
        loop io;
        auto [one, other] = pair_of(io);
        talk(io, over<Stream>(io, std::move(one)), over<Stream>(io, std::move(other)));
    };
    talk_over.template operator()<asio::buffered_read_stream<unix_socket>>();
    talk_over.template operator()<asio::buffered_stream<unix_socket>>();
}

TEST_CASE("a socket that is opened later than its connection does not block, either") {
    loop io;
    asio::ip::tcp::acceptor acceptor(io.context(), {asio::ip::address_v4::loopback(), 0});
    frames_over<asio::ip::tcp::socket> peer(io.executor());
    io.run([&]() -> asio::awaitable<void> {
        co_await peer.stream().async_connect(acceptor.local_endpoint(), use_awaitable);
        asio::ip::tcp::socket other = co_await acceptor.async_accept(use_awaitable);
        const json header = named("x");
        const std::string large(20'000, 'x');
        co_await peer.write(header, large);
        REQUIRE(peer.stream().non_blocking()); // else what follows would hang
        const std::string frame = helpers::wire("x", "12");
        std::error_code error;
        other.write_some(asio::buffer(frame.data(), frame.size() - 1), error);
        co_await peer.read_head();
        std::array<std::byte, 8> room{};
        const std::size_t size = co_await peer.read_body_into(room);
        CHECK(size == 1);
    });
    peer.abort();
    io.finish();
}
