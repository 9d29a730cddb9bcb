// SPDX-License-Identifier: MIT
// Boost.Beast's websocket, binary messages, over memory. A server's frames are plain; a client has
// to mask its own, which costs both sides.
#include "support/bodies.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using bench::bytes_view;
using boost::beast::error_code;

// A connection of which this program is both sides: reads take from `input` chunk by chunk, writes
// append to `output`.
class memory_stream {
public:
    using executor_type = asio::io_context::executor_type;

    explicit memory_stream(asio::io_context& context) : executor_(context.get_executor()) {}

    executor_type get_executor() const noexcept { return executor_; }

    void arrive(bytes_view bytes, std::size_t chunk) {
        input_ = bytes;
        part_ = {};
        chunk_ = chunk;
    }

    template <class Buffers>
    std::size_t read_some(const Buffers& place, error_code& error) {
        if (input_.empty() && part_.empty() && !answer_upgrade()) {
            error = asio::error::eof;
            return 0;
        }
        if (part_.empty()) {
            part_ = input_.first(std::min(chunk_, input_.size()));
            input_ = input_.subspan(part_.size());
        }
        const std::size_t size = asio::buffer_copy(place, asio::buffer(part_.data(), part_.size()));
        part_ = part_.subspan(size);
        return size;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& place) {
        error_code error;
        const std::size_t size = read_some(place, error);
        if (error) throw boost::system::system_error(error);
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& bytes, error_code& /*error*/) {
        return write_some(bytes);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& bytes) {
        for (const asio::const_buffer part : boost::beast::buffers_range_ref(bytes))
            output.append(static_cast<const char*>(part.data()), part.size());
        return boost::beast::buffer_bytes(bytes);
    }

    std::string output;

private:
    /// A client that reads for the first time has written its request, and waits for this.
    bool answer_upgrade() {
        constexpr std::string_view name = "Sec-WebSocket-Key: ";
        const std::size_t at = output.find(name);
        if (at == output.npos) return false;
        const std::size_t key = at + name.size();
        websocket::detail::sec_ws_accept_type accept;
        websocket::detail::make_sec_ws_accept(accept,
                                              output.substr(key, output.find('\r', key) - key));
        reply_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: upgrade\r\nSec-WebSocket-Accept: " +
                 std::string(accept.data(), accept.size()) + "\r\n\r\n";
        output.clear();
        arrive(bench::as_bytes(reply_), reply_.size());
        return true;
    }

    executor_type executor_;
    bytes_view input_;
    bytes_view part_;
    std::size_t chunk_ = 0;
    std::string reply_;
};

// Found by argument-dependent lookup.
[[maybe_unused]] void teardown(boost::beast::role_type, memory_stream&, error_code& error) {
    error = {};
}

enum class role { client, server };

// One side of a connection, its handshake done.
struct side {
    explicit side(role mine) {
        if (mine == role::client) {
            socket.handshake("localhost", "/");
        } else {
            const std::string request =
                "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                "Connection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            stream().arrive(bench::as_bytes(request), request.size());
            socket.accept();
        }
        socket.binary(true);
        socket.auto_fragment(false);
        socket.read_message_max(16 << 20);
        stream().output.clear();
    }

    memory_stream& stream() { return socket.next_layer(); }

    asio::io_context context{1};
    websocket::stream<memory_stream> socket{context};
};

void reassemble(benchmark::State& state, role sender) {
    side from(sender);
    const bench::stream input =
        bench::make_stream(bench::body_of(state), [&](std::string& out, const std::string& body) {
            from.stream().output.clear();
            from.socket.write(asio::buffer(body));
            out += from.stream().output;
        });
    side to(sender == role::client ? role::server : role::client);
    const auto chunk = static_cast<std::size_t>(state.range(1));
    boost::beast::flat_buffer message;
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        to.stream().arrive(bench::as_bytes(input.bytes), chunk);
        std::uint64_t sum = 0;
        for (std::int64_t i = 0; i < input.frames; ++i) {
            message.clear();
            to.socket.read(message);
            sum += bench::touch(
                {static_cast<const std::byte*>(message.cdata().data()), message.size()});
        }
        return sum == input.sum;
    });
}

void encode(benchmark::State& state, role sender) {
    const bench::bodies bodies(bench::body_of(state));
    side from(sender);
    bench::measure(state, bodies.pass(), [&] {
        from.stream().output.clear();
        for (const bytes_view body : bodies)
            from.socket.write(asio::buffer(body.data(), body.size()));
        return from.stream().output.size() > bodies.count() * bodies.size();
    });
}

void reassemble_plain(benchmark::State& state) {
    reassemble(state, role::server);
}
void reassemble_masked(benchmark::State& state) {
    reassemble(state, role::client);
}
void encode_plain(benchmark::State& state) {
    encode(state, role::server);
}
void encode_masked(benchmark::State& state) {
    encode(state, role::client);
}
BENCHMARK(reassemble_plain)->Name("reassemble/beast")->Apply(bench::plane);
BENCHMARK(reassemble_masked)->Name("reassemble/beast-masked")->Apply(bench::plane);
BENCHMARK(encode_plain)->Name("encode/beast")->Apply(bench::encoded_bodies);
BENCHMARK(encode_masked)->Name("encode/beast-masked")->Apply(bench::encoded_bodies);

} // namespace
