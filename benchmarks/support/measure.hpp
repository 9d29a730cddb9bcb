// SPDX-License-Identifier: MIT
#pragma once

#include "support/allocations.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace bench {

/// What one pass of a benchmark does.
struct work {
    std::int64_t frames = 0;
    std::size_t bytes = 0;
};

inline void report(benchmark::State& state, const work& pass) {
    state.counters["frames"] = static_cast<double>(pass.frames);
    state.SetItemsProcessed(state.iterations() * pass.frames);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(pass.bytes));
}

/// Repeats `once`, which says whether its result was the right one.
template <class Pass>
void measure(benchmark::State& state, const work& pass, Pass once) {
    // The first time buffers grow; the count of allocations is about the steady state.
    if (!once()) return state.SkipWithError("wrong result");
    const std::uint64_t before = allocations();
    for (auto _ : state)
        if (!once()) return state.SkipWithError("wrong result");
    const auto allocated = static_cast<double>(allocations() - before);
    report(state, pass);
    state.counters["allocs"] = allocated / static_cast<double>(state.iterations() * pass.frames);
}

/// Benchmarks make as many passes as FRAMING_BENCH_PASSES says, for counts of instructions, or as
/// many as the time asks for.
inline constexpr auto passes = [](auto* benchmark) {
    const char* const text = std::getenv("FRAMING_BENCH_PASSES");
    if (const int count = text ? std::atoi(text) : 0; count > 0) benchmark->Iterations(count);
};

} // namespace bench
