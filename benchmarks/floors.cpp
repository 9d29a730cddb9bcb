// SPDX-License-Identifier: MIT
// What nothing can beat: each does no more than the work needs, without limits or errors.
#include <framing/wire.hpp>

#include "support/bodies.hpp"
#include "support/u32_frames.hpp"
#include "support/view_reassembler.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace {

using bench::bytes_view;
using framing::prefix_size;

// A stream is moved, and nobody looks for frames.
void copy_bytes(benchmark::State& state) {
    const bench::stream input = bench::make_u32_stream(bench::body_of(state));
    std::vector<std::byte> place(std::max<std::size_t>(65536, bench::body_of(state)));
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        bench::for_each_chunk(bench::as_bytes(input.bytes), 65536, [&](bytes_view chunk) {
            std::memcpy(place.data(), chunk.data(), chunk.size());
            benchmark::DoNotOptimize(place.data());
            benchmark::ClobberMemory();
        });
        return true;
    });
}

// From frame to frame through a stream that lies whole in memory.
std::uint64_t walk_frames(bytes_view bytes) {
    std::uint64_t sum = 0;
    while (bytes.size() >= prefix_size) {
        const std::size_t size = framing::load_prefix(bytes.first<prefix_size>());
        if (bytes.size() - prefix_size < size) break;
        sum += bench::touch(bytes.subspan(prefix_size, size));
        bytes = bytes.subspan(prefix_size + size);
    }
    return sum;
}

void walk(benchmark::State& state) {
    const bench::stream input = bench::make_u32_stream(bench::body_of(state));
    bench::measure(state, {input.frames, input.bytes.size()},
                   [&] { return walk_frames(bench::as_bytes(input.bytes)) == input.sum; });
}

void view(benchmark::State& state) {
    bench::view_reassembler incoming;
    const bench::stream input = bench::make_u32_stream(bench::body_of(state));
    bench::measure_chunks(state, input, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        incoming.feed(chunk, bench::u32_extent,
                      [&](bytes_view frame) { sum += bench::touch(frame.subspan(prefix_size)); });
        return sum;
    });
}

// Every chunk is copied once behind what is left of the last, as if recv had put it there.
class copy_reassembler {
public:
    std::uint64_t feed(bytes_view chunk) {
        if (buffer_.size() - end_ < chunk.size()) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
            if (buffer_.size() - end_ < chunk.size())
                buffer_.resize(std::max(2 * buffer_.size(), end_ + chunk.size()));
        }
        std::memcpy(buffer_.data() + end_, chunk.data(), chunk.size());
        end_ += chunk.size();

        std::uint64_t sum = 0;
        for (;;) {
            const bytes_view rest = bytes_view(buffer_).subspan(begin_, end_ - begin_);
            const bench::extent frame = bench::u32_extent(rest);
            if (!frame.whole || rest.size() < frame.size) break;
            sum += bench::touch(rest.subspan(prefix_size, frame.size - prefix_size));
            begin_ += frame.size;
        }
        if (begin_ == end_) begin_ = end_ = 0;
        return sum;
    }

private:
    std::vector<std::byte> buffer_ = std::vector<std::byte>(128 * 1024);
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

void copy(benchmark::State& state) {
    copy_reassembler incoming;
    bench::measure_chunks(state, bench::make_u32_stream(bench::body_of(state)),
                          [&](bytes_view chunk) { return incoming.feed(chunk); });
}

// Chunks mean nothing to these two; and a walk that skips long bodies reads next to nothing.
constexpr auto walked = [](auto* benchmark) {
    benchmark->ArgNames({"body", "chunk"});
    benchmark->ArgsProduct({{16, 64, 256, 1024}, {65536}});
    bench::passes(benchmark);
};
constexpr auto copied = [](auto* benchmark) {
    walked(benchmark);
    benchmark->ArgsProduct({{16384, 1 << 20}, {65536}});
};

BENCHMARK(view)->Name("reassemble/floor-view")->Apply(bench::whole_plane);
BENCHMARK(copy)->Name("reassemble/floor-copy")->Apply(bench::plane_and_bytewise);
BENCHMARK(walk)->Name("reassemble/floor-walk")->Apply(walked);
BENCHMARK(copy_bytes)->Name("reassemble/floor-memcpy")->Apply(copied);
BENCHMARK(walk)->Name("decode/floor-walk")->Apply(walked);

// A length and a copy of the body into room that is known to suffice.
void encode(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    std::vector<std::byte> wire(bodies.count() * (prefix_size + bodies.size()));
    bench::measure(state, bodies.pass(), [&] {
        std::byte* at = wire.data();
        for (const bytes_view body : bodies) {
            framing::store_prefix(static_cast<std::uint32_t>(body.size()),
                                  std::span<std::byte, prefix_size>(at, prefix_size));
            std::memcpy(at + prefix_size, body.data(), body.size());
            at += prefix_size + body.size();
        }
        benchmark::DoNotOptimize(at);
        benchmark::ClobberMemory();
        return at == wire.data() + wire.size();
    });
}
BENCHMARK(encode)->Name("encode/floor")->Apply(bench::encoded_bodies);

} // namespace
