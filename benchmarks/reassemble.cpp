// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "support/stream.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

namespace {

using bench::bytes_view;

bench::stream bare_stream(std::size_t body_size) {
    framing::encoder<framing::header_view> encoder;
    return bench::make_stream(body_size, [&](std::string& out, const std::string& body) {
        if (encoder.encode(framing::header_view{}, body, out)) std::abort();
    });
}

// Frames whose header says no more than {"body_size":N}, out of the caller's own buffer.
void feed(benchmark::State& state) {
    framing::reassembler<framing::header_view> incoming;
    bench::measure_chunks(state, bare_stream(bench::body_of(state)), [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        for (const auto& frame : incoming.feed(chunk)) sum += bench::touch(frame.body);
        return sum;
    });
}
BENCHMARK(feed)->Name("reassemble/framing")->Apply(bench::whole_plane);

// Frames as programs send them: {"body_size":N,"type":"chat"}.
void feed_typed(benchmark::State& state) {
    framing::fault why;
    const auto typed = framing::header_view::parse(R"({"type":"chat"})", {}, why);
    framing::encoder<framing::header_view> encoder;
    const auto append = [&](std::string& out, const std::string& body) {
        if (encoder.encode(typed.value(), body, out)) std::abort();
    };
    framing::reassembler<framing::header_view> incoming;
    const bench::stream stream = bench::make_stream(bench::body_of(state), append);
    bench::measure_chunks(state, stream, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        for (const auto& frame : incoming.feed(chunk)) sum += bench::touch(frame.body);
        return sum;
    });
}
BENCHMARK(feed_typed)->Name("reassemble/framing-typed")->Apply(bench::plane);

// The same, received where the bytes will stay: memcpy stands for recv.
void commit(benchmark::State& state) {
    framing::reassembler<framing::header_view> incoming;
    bench::measure_chunks(state, bare_stream(bench::body_of(state)), [&](bytes_view arrived) {
        std::uint64_t sum = 0;
        while (!arrived.empty()) {
            const std::span<std::byte> space = incoming.prepare(arrived.size());
            const std::size_t size = std::min(space.size(), arrived.size());
            if (size == 0) return sum;
            std::memcpy(space.data(), arrived.data(), size);
            arrived = arrived.subspan(size);
            for (const auto& frame : incoming.commit(size)) sum += bench::touch(frame.body);
        }
        return sum;
    });
}
BENCHMARK(commit)->Name("reassemble/framing-commit")->Apply(bench::plane_and_bytewise);

} // namespace
