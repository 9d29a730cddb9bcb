// SPDX-License-Identifier: MIT
// The loop that everybody writes first: append what came, copy a frame out, erase it from the
// front.
#include <framing/byte_view.hpp>
#include <framing/wire.hpp>

#include "support/u32_frames.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace {

using bench::bytes_view;
using framing::prefix_size;

void append_and_erase(benchmark::State& state) {
    std::string buffer;
    const bench::stream input = bench::make_u32_stream(bench::body_of(state));
    bench::measure_chunks(state, input, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        buffer.append(framing::as_text(chunk));
        while (buffer.size() >= prefix_size) {
            const std::uint32_t size =
                framing::load_prefix(bench::as_bytes(buffer).first<prefix_size>());
            if (buffer.size() - prefix_size < size) break;
            const std::string body = buffer.substr(prefix_size, size);
            buffer.erase(0, prefix_size + size);
            sum += bench::touch(bench::as_bytes(body));
        }
        return sum;
    });
}
BENCHMARK(append_and_erase)->Name("reassemble/append-erase")->Apply(bench::plane_and_bytewise);

} // namespace
