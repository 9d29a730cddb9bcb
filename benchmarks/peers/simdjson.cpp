// SPDX-License-Identifier: MIT
// simdjson: On Demand for the members of a chat, its DOM (which validates everything) for a check.
#include "support/chat.hpp"
#include "support/long_headers.hpp"

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

void chats(benchmark::State& state) {
    simdjson::ondemand::parser parser;
    // It wants padding behind the text, which nobody can promise at the end of a chunk.
    std::array<char, 4096> padded{};
    bench::measure_chat_parser(state, [&](std::string_view text, std::uint64_t& body_size) {
        if (text.size() + simdjson::SIMDJSON_PADDING > padded.size()) return std::uint64_t{0};
        std::memcpy(padded.data(), text.data(), text.size());
        simdjson::ondemand::document header;
        std::string_view type;
        std::string_view from;
        std::uint64_t seq = 0;
        if (parser.iterate(padded.data(), text.size(), padded.size()).get(header) ||
            header["type"].get(type) || header["from"].get(from) || header["seq"].get(seq) ||
            header["body_size"].get(body_size))
            return std::uint64_t{0};
        return bench::touch(type, from, seq, body_size);
    });
}
BENCHMARK(chats)->Name("chat/simdjson-ondemand")->Apply(bench::chat_arguments);

void check(benchmark::State& state, const std::string& text) {
    simdjson::dom::parser parser;
    const simdjson::padded_string padded(text);
    bench::measure(state, {1, text.size()}, [&] {
        simdjson::dom::element header;
        return parser.parse(padded).get(header) == simdjson::SUCCESS;
    });
}

void check_short_strings(benchmark::State& state) {
    check(state, bench::short_strings(bench::body_of(state)));
}
BENCHMARK(check_short_strings)
    ->Name("check_short_strings/simdjson-dom")
    ->Apply(bench::header_sizes);

void check_long_string(benchmark::State& state) {
    check(state, bench::long_string(bench::body_of(state)));
}
BENCHMARK(check_long_string)->Name("check_long_string/simdjson-dom")->Apply(bench::header_sizes);

} // namespace
