// SPDX-License-Identifier: MIT
// The Asio loop that most people write: async_read of the length, then async_read of the body.
#include <framing/byte_view.hpp>
#include <framing/wire.hpp>

#include "support/loopback.hpp"
#include "support/u32_frames.hpp"

#include <asio.hpp>
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using asio::ip::tcp;
using bench::tcp_socket;
using framing::prefix_size;

class reader {
public:
    explicit reader(const tcp_socket& socket)
        : socket_(context_, tcp::v4(), dup(socket.descriptor())) {}

    /// Until as many frames have come since the beginning.
    bool receive(std::int64_t count) {
        wanted_ = count;
        context_.restart();
        read_prefix();
        context_.run();
        return received_ == wanted_ &&
               sum_ == static_cast<std::uint64_t>(received_) * bench::touched;
    }

    [[nodiscard]] const std::vector<std::byte>& body() const noexcept { return body_; }

private:
    void read_prefix() {
        if (received_ == wanted_) return;
        asio::async_read(socket_, asio::buffer(prefix_), [this](asio::error_code error, auto) {
            if (error) return;
            body_.resize(framing::load_prefix(prefix_));
            asio::async_read(socket_, asio::buffer(body_), [this](asio::error_code failed, auto) {
                if (failed) return;
                sum_ += bench::touch(body_);
                ++received_;
                read_prefix();
            });
        });
    }

    asio::io_context context_{1};
    tcp::socket socket_;
    std::array<std::byte, prefix_size> prefix_{};
    std::vector<std::byte> body_;
    std::int64_t received_ = 0;
    std::int64_t wanted_ = 0;
    std::uint64_t sum_ = 0;
};

// Encoded beforehand, so that only the reading is Asio's.
void send_batches(const tcp_socket& to, const bench::traffic& load) {
    std::string wire;
    const std::string body(load.body, 'x');
    std::int64_t in_wire = 0;
    do {
        bench::append_u32_frame(wire, body);
        ++in_wire;
    } while (wire.size() < load.batch);
    for (std::int64_t left = load.total; left > 0; left -= in_wire) {
        const auto part = static_cast<std::size_t>(std::min(left, in_wire));
        if (!to.send(bench::as_bytes(wire).first(part * (prefix_size + load.body)))) return;
    }
}

void one_way(benchmark::State& state) {
    std::optional<reader> incoming;
    bench::measure_one_way(state, send_batches, [&](const tcp_socket& from, std::int64_t count) {
        if (!incoming) incoming.emplace(from);
        return incoming->receive(count);
    });
}
BENCHMARK(one_way)->Name("loopback/asio")->Apply(bench::one_way);

bool send_frame(const tcp_socket& to, const std::vector<std::byte>& body) {
    std::string wire;
    bench::append_u32_frame(wire, std::string(framing::as_text(body)));
    return to.send(bench::as_bytes(wire));
}

void ping_pong(benchmark::State& state) {
    const auto echo = [](const tcp_socket& peer) {
        reader incoming(peer);
        for (std::int64_t count = 1; incoming.receive(count); ++count)
            if (!send_frame(peer, incoming.body())) return;
    };
    const std::vector<std::byte> body(static_cast<std::size_t>(state.range(0)), std::byte{'x'});
    std::optional<reader> incoming;
    std::int64_t count = 0;
    bench::measure_ping_pong(state, echo, [&](const tcp_socket& peer) {
        if (!incoming) incoming.emplace(peer);
        return send_frame(peer, body) && incoming->receive(++count) && incoming->body() == body;
    });
}
BENCHMARK(ping_pong)->Name("ping_pong/asio")->Apply(bench::ping_pong);

} // namespace
