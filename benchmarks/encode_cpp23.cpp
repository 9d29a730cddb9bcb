// SPDX-License-Identifier: MIT
// As encode.cpp, by a compiler whose strings grow unwritten.
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>

#include "support/bodies.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using bench::bytes_view;

// A type of its own: sources in C++20 append to std::string in another way.
struct wire_text : std::string {};

void encode(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    framing::encoder<framing::header_view> encoder;
    wire_text wire;
    bench::measure(state, bodies.pass(), [&] {
        wire.clear();
        for (const bytes_view body : bodies)
            if (encoder.encode(framing::header_view{}, body, wire)) return false;
        benchmark::DoNotOptimize(wire.data());
        return wire.size() >= bodies.count() * bodies.size();
    });
}
BENCHMARK(encode)->Name("encode/framing-cpp23")->Apply(bench::encoded_bodies);

} // namespace
