// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "support/stream.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using bench::bytes_view;

void append_frame(std::string& out, const std::string& body) {
    framing::encoder<framing::header_view> encoder;
    if (encoder.encode(framing::header_view{}, body, out)) std::abort();
}

// A stream as events, whose bodies come in pieces and are never held.
void events(benchmark::State& state) {
    framing::decoder<framing::header_view> decoder;
    bool first = true; // a body may go on in the next chunk
    std::byte last{};
    const bench::stream input = bench::make_stream(bench::body_of(state), append_frame);
    bench::measure_chunks(state, input, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        for (framing::event event; (event = decoder.next(chunk)) != framing::event::need_more;)
            switch (event) {
            case framing::event::header: first = true; break;
            case framing::event::body:
                if (first) sum += std::to_integer<std::uint64_t>(decoder.body().front());
                first = false;
                last = decoder.body().back();
                break;
            case framing::event::end: sum += 1 + std::to_integer<std::uint64_t>(last); break;
            default: return sum;
            }
        return sum;
    });
}
BENCHMARK(events)->Name("decode/framing")->Apply(bench::plane);

// One datagram, one frame.
void datagram(benchmark::State& state) {
    std::string body(bench::body_of(state), 'x');
    std::string wire;
    append_frame(wire, body);
    const std::uint64_t sum = bench::touch(bench::as_bytes(body));
    bench::measure(state, {1, wire.size()}, [&] {
        framing::fault why;
        benchmark::DoNotOptimize(wire.data());
        const auto frame = framing::decode_datagram<framing::header_view>(wire, why);
        return frame && bench::touch(frame->body) == sum;
    });
}
BENCHMARK(datagram)
    ->Name("datagram/framing")
    ->ArgName("body")
    ->Arg(16)
    ->Arg(64)
    ->Arg(1024)
    ->Apply(bench::passes);

} // namespace
