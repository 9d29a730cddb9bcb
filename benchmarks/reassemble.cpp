// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace {

constexpr std::size_t stream_size = 256 * 1024;

// Whole frames with this body, about stream_size bytes of them.
std::string stream_of(std::size_t body_size, std::int64_t& frames) {
    const std::string body(body_size, 'x');
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    for (frames = 0; wire.size() < stream_size; ++frames)
        if (encoder.encode(framing::header_view{}, body, wire)) std::abort();
    return wire;
}

// Receive a stream of equal frames in chunks as recv() delivers them: a segment's, a full buffer's.
void reassemble(benchmark::State& state) {
    std::int64_t sent = 0;
    const std::string wire = stream_of(static_cast<std::size_t>(state.range(0)), sent);
    const auto chunk = static_cast<std::size_t>(state.range(1));

    framing::reassembler<framing::header_view> incoming;
    for (auto _ : state) {
        std::int64_t received = 0;
        for (std::span rest{wire}; !rest.empty();) {
            const auto part = rest.first(std::min(chunk, rest.size()));
            for (const auto& frame : incoming.feed(part)) {
                benchmark::DoNotOptimize(frame.body.data());
                ++received;
            }
            rest = rest.subspan(part.size());
        }
        if (received != sent) return state.SkipWithError("frames lost");
    }
    state.SetItemsProcessed(state.iterations() * sent);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(reassemble)
    ->ArgNames({"body", "chunk"})
    ->ArgsProduct({{0, 64, 1024, 16384}, {1400, 65536}});

} // namespace
