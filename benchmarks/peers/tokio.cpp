// SPDX-License-Identifier: MIT
// tokio-util's LengthDelimitedCodec, in Rust: tokio/src/lib.rs.
#include <framing/wire.hpp>

#include "support/bodies.hpp"
#include "support/u32_frames.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>

struct framing_bench_tokio_reader;
struct framing_bench_tokio_writer;

extern "C" {
framing_bench_tokio_reader* framing_bench_tokio_reader_new();
void framing_bench_tokio_reader_free(framing_bench_tokio_reader*);
std::uint64_t framing_bench_tokio_read(framing_bench_tokio_reader*, const void*, std::size_t size,
                                       std::size_t chunk);
framing_bench_tokio_writer* framing_bench_tokio_writer_new(const void*, std::size_t size,
                                                           std::size_t count);
void framing_bench_tokio_writer_free(framing_bench_tokio_writer*);
std::size_t framing_bench_tokio_write(framing_bench_tokio_writer*);
}

namespace {

// Rust's allocations are none of operator new's.
void forget_allocations(benchmark::State& state) {
    state.counters.erase("allocs");
}

void reassemble(benchmark::State& state) {
    const std::unique_ptr<framing_bench_tokio_reader, decltype(&framing_bench_tokio_reader_free)>
        reader(framing_bench_tokio_reader_new(), framing_bench_tokio_reader_free);
    const bench::stream input = bench::make_u32_stream(bench::body_of(state));
    const auto chunk = static_cast<std::size_t>(state.range(1));
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        return input.sum == framing_bench_tokio_read(reader.get(), input.bytes.data(),
                                                     input.bytes.size(), chunk);
    });
    forget_allocations(state);
}
BENCHMARK(reassemble)->Name("reassemble/tokio")->Apply(bench::plane_and_bytewise);

void encode(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    const std::unique_ptr<framing_bench_tokio_writer, decltype(&framing_bench_tokio_writer_free)>
        writer(
            framing_bench_tokio_writer_new(bodies.memory().data(), bodies.size(), bodies.count()),
            framing_bench_tokio_writer_free);
    bench::measure(state, bodies.pass(), [&] {
        return framing_bench_tokio_write(writer.get()) ==
               bodies.count() * (framing::prefix_size + bodies.size());
    });
    forget_allocations(state);
}
BENCHMARK(encode)->Name("encode/tokio")->Apply(bench::encoded_bodies);

} // namespace
