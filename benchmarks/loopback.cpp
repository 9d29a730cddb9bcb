// SPDX-License-Identifier: MIT
#include "support/loopback.hpp"

#include <framing/framing.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using bench::bytes_view;
using bench::tcp_socket;
using bench::traffic;

// Small bodies are copied behind their heads; large ones leave from where they lie.
constexpr std::size_t large = 4096;

void send_copies(const tcp_socket& to, const traffic& load) {
    const std::string body(load.body, 'x');
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    for (std::int64_t i = 0; i < load.total; ++i) {
        if (encoder.encode({}, body, wire)) return;
        if (wire.size() < load.batch && i + 1 < load.total) continue;
        if (!to.send(bench::as_bytes(wire))) return;
        wire.clear();
    }
}

void send_gathered(const tcp_socket& to, const traffic& load) {
    const std::string body(load.body, 'x');
    framing::encoder<framing::header_view> encoder;
    std::string heads;
    std::vector<bytes_view> parts;
    const auto batch = static_cast<std::int64_t>(std::max<std::size_t>(1, load.batch / load.body));
    for (std::int64_t left = load.total; left > 0; left -= batch) {
        const std::int64_t frames = std::min(batch, left);
        heads.clear();
        for (std::int64_t i = 0; i < frames; ++i)
            if (encoder.encode_head({}, body.size(), heads)) return;
        parts.clear();
        const std::size_t head_size = heads.size() / static_cast<std::size_t>(frames);
        for (bytes_view rest = bench::as_bytes(heads); !rest.empty();
             rest = rest.subspan(head_size)) {
            parts.push_back(rest.first(head_size));
            parts.push_back(bench::as_bytes(body));
        }
        if (!to.send(parts)) return;
    }
}

void send_frames(const tcp_socket& to, const traffic& load) {
    return load.body < large ? send_copies(to, load) : send_gathered(to, load);
}

void one_way(benchmark::State& state) {
    framing::reassembler<framing::header_view> incoming;
    std::int64_t received = 0;
    std::uint64_t sum = 0;
    bench::measure_one_way(state, send_frames, [&](const tcp_socket& from, std::int64_t count) {
        while (received < count) {
            const std::size_t size = from.receive(incoming.prepare(bench::receive_size));
            if (size == 0) return false;
            for (const auto& frame : incoming.commit(size)) {
                sum += bench::touch(frame.body);
                ++received;
            }
        }
        return sum == static_cast<std::uint64_t>(received) * bench::touched;
    });
}
BENCHMARK(one_way)->Name("loopback/framing")->Apply(bench::one_way);

// As many bytes as those frames have, and nobody looks at them.
void raw(benchmark::State& state) {
    const auto frame_size = [](std::size_t body) {
        std::string wire;
        framing::encoder<framing::header_view> encoder;
        if (encoder.encode_head({}, body, wire)) return std::size_t{0};
        return wire.size() + body;
    };
    const std::size_t size = frame_size(static_cast<std::size_t>(state.range(0)));
    const auto send = [size](const tcp_socket& to, const traffic& load) {
        const std::vector<std::byte> bytes(std::max(load.batch, size));
        std::size_t left = static_cast<std::size_t>(load.total) * size;
        while (left > 0) {
            const std::size_t part = std::min(left, bytes.size());
            if (!to.send(bytes_view(bytes).first(part))) return;
            left -= part;
        }
    };
    std::vector<std::byte> place(bench::receive_size);
    std::size_t received = 0;
    bench::measure_one_way(state, send, [&](const tcp_socket& from, std::int64_t count) {
        while (received < static_cast<std::size_t>(count) * size) {
            const std::size_t part = from.receive(place);
            if (part == 0) return false;
            received += part;
        }
        return true;
    });
}
BENCHMARK(raw)->Name("loopback/floor-raw")->Apply(bench::one_way);

void echo_frames(const tcp_socket& peer) {
    framing::reassembler<framing::header_view> incoming;
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    while (const std::size_t size = peer.receive(incoming.prepare(bench::receive_size)))
        for (const auto& frame : incoming.commit(size)) {
            wire.clear();
            if (encoder.encode(frame.header, frame.body, wire)) return;
            if (!peer.send(bench::as_bytes(wire))) return;
        }
}

void ping_pong(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    framing::reassembler<framing::header_view> incoming;
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    bench::measure_ping_pong(state, echo_frames, [&](const tcp_socket& peer) {
        wire.clear();
        if (encoder.encode({}, body, wire) || !peer.send(bench::as_bytes(wire))) return false;
        while (const std::size_t size = peer.receive(incoming.prepare(bench::receive_size)))
            for (const auto& frame : incoming.commit(size)) return frame.text() == body;
        return false;
    });
}
BENCHMARK(ping_pong)->Name("ping_pong/framing")->Apply(bench::ping_pong);

void raw_ping_pong(benchmark::State& state) {
    const std::size_t size = static_cast<std::size_t>(state.range(0));
    const auto echo = [size](const tcp_socket& peer) {
        std::vector<std::byte> place(size);
        while (peer.receive_all(place) && peer.send(place)) {
        }
    };
    std::vector<std::byte> message(size, std::byte{'x'});
    bench::measure_ping_pong(state, echo, [&](const tcp_socket& peer) {
        return peer.send(message) && peer.receive_all(message) && message[0] == std::byte{'x'};
    });
}
BENCHMARK(raw_ping_pong)->Name("ping_pong/floor-raw")->Apply(bench::ping_pong);

} // namespace
