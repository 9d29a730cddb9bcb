// SPDX-License-Identifier: MIT
// Protocol Buffers' delimited messages: a varint and a message that has one field of bytes.
#include "support/bodies.hpp"

#include <benchmark/benchmark.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <peers/protobuf.pb.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

namespace io = google::protobuf::io;
namespace util = google::protobuf::util;

bench::stream make_stream(std::size_t body_size) {
    bench::Frame frame;
    return bench::make_stream(body_size, [&](std::string& out, const std::string& body) {
        frame.set_body(body);
        io::StringOutputStream stream(&out);
        util::SerializeDelimitedToZeroCopyStream(frame, &stream);
    });
}

void reassemble(benchmark::State& state) {
    const bench::stream input = make_stream(bench::body_of(state));
    const auto chunk = static_cast<int>(state.range(1));
    bench::Frame frame; // its string keeps its room
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        io::ArrayInputStream stream(input.bytes.data(), static_cast<int>(input.bytes.size()),
                                    chunk);
        std::uint64_t sum = 0;
        bool clean_end = false;
        while (util::ParseDelimitedFromZeroCopyStream(&frame, &stream, &clean_end))
            sum += bench::touch(bench::as_bytes(frame.body()));
        return clean_end && sum == input.sum;
    });
}
BENCHMARK(reassemble)->Name("reassemble/protobuf")->Apply(bench::plane);

void encode(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    std::string wire(bodies.count() * (bodies.size() + 32), '\0');
    bench::Frame frame;
    bench::measure(state, bodies.pass(), [&] {
        io::ArrayOutputStream stream(wire.data(), static_cast<int>(wire.size()));
        for (const bench::bytes_view body : bodies) {
            frame.set_body(body.data(), body.size()); // a message owns its bytes
            if (!util::SerializeDelimitedToZeroCopyStream(frame, &stream)) return false;
        }
        benchmark::DoNotOptimize(wire.data());
        return true;
    });
}
BENCHMARK(encode)->Name("encode/protobuf")->Apply(bench::encoded_bodies);

} // namespace
