// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

namespace {

constexpr std::string_view text = R"({"type":"chat","from":"alice","seq":123456,"body_size":64})";

void report(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

// Check a header by the wire format's rules and leave it unread.
void parse_header_view(benchmark::State& state) {
    for (auto _ : state) {
        framing::fault fault;
        auto header = framing::header_view::parse(text, {}, fault);
        if (!header) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(header);
    }
    report(state);
}
BENCHMARK(parse_header_view);

// The same text into nlohmann's DOM, for comparison.
void parse_json(benchmark::State& state) {
    for (auto _ : state) {
        auto header = nlohmann::json::parse(text, nullptr, false);
        if (header.is_discarded()) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(header);
    }
    report(state);
}
BENCHMARK(parse_json);

} // namespace
