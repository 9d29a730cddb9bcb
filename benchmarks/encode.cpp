// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view text = R"({"type":"chat","from":"alice","seq":12345})";

framing::header_view ready_header() {
    framing::fault fault;
    return framing::header_view::parse(text, {}, fault).value();
}

// Append frames with this header and body to one string, emptied every time.
template <class Header>
void encode(benchmark::State& state, const Header& header) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');

    framing::encoder<Header> encoder;
    std::string wire;
    for (auto _ : state) {
        wire.clear();
        if (encoder.encode(header, body, wire)) return state.SkipWithError("not encoded");
        benchmark::DoNotOptimize(wire.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

void encode_ready_header(benchmark::State& state) {
    encode(state, ready_header());
}
BENCHMARK(encode_ready_header)->ArgName("body")->Arg(0)->Arg(64)->Arg(1024)->Arg(16384);

void encode_json(benchmark::State& state) {
    encode(state, nlohmann::json::parse(text));
}
BENCHMARK(encode_json)->ArgName("body")->Arg(0)->Arg(64)->Arg(1024)->Arg(16384);

} // namespace
