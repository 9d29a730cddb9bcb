// SPDX-License-Identifier: MIT
// nlohmann/json by itself: what a header costs whoever frames it.
#include "support/chat.hpp"
#include "support/encoded_chats.hpp"
#include "support/long_headers.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::uint64_t parse(std::string_view text, std::uint64_t& body_size) {
    const auto header = nlohmann::json::parse(text);
    body_size = header.at("body_size").get<std::uint64_t>();
    return bench::touch(header.at("type").get_ref<const std::string&>(),
                        header.at("from").get_ref<const std::string&>(),
                        header.at("seq").get<std::uint64_t>(), body_size);
}

// Behind the least of reassemblers.
void framed(benchmark::State& state) {
    bench::measure_chat_parser(state, parse);
}
BENCHMARK(framed)->Name("chat/nlohmann")->Apply(bench::chat_arguments);

// The headers alone, without any framing.
void alone(benchmark::State& state) {
    const auto header_size = static_cast<std::size_t>(state.range(0));
    const bench::chat_stream& input = bench::chats_of(header_size);
    std::vector<std::string> headers;
    for (std::int64_t i = 0; i < input.frames; ++i)
        headers.push_back(bench::to_text(bench::chats()[static_cast<std::size_t>(i)], header_size));
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        std::uint64_t sum = 0;
        std::uint64_t body_size = 0;
        for (const std::string& header : headers) sum += parse(header, body_size);
        return sum == input.header_sum;
    });
}
BENCHMARK(alone)->Name("chat/nlohmann-alone")->Apply(bench::chat_arguments);

void dump(benchmark::State& state) {
    std::vector<nlohmann::json> headers;
    for (const bench::chat& chat : bench::chats())
        headers.push_back(nlohmann::json::parse(bench::to_text(chat, 0)));
    std::size_t number = 0;
    bench::measure_encoded_chats(state, [&](const bench::chat&) {
        if (number == headers.size()) number = 0;
        const std::string text = headers[number++].dump();
        benchmark::DoNotOptimize(text.data());
        return text.size();
    });
}
BENCHMARK(dump)->Name("encode_chat/nlohmann-dump")->Apply(bench::encoded_chats);

void accept(benchmark::State& state, const std::string& text) {
    bench::measure(state, {1, text.size()}, [&] { return nlohmann::json::accept(text); });
}

void accept_short_strings(benchmark::State& state) {
    accept(state, bench::short_strings(bench::body_of(state)));
}
BENCHMARK(accept_short_strings)->Name("check_short_strings/nlohmann")->Apply(bench::header_sizes);

void accept_long_string(benchmark::State& state) {
    accept(state, bench::long_string(bench::body_of(state)));
}
BENCHMARK(accept_long_string)->Name("check_long_string/nlohmann")->Apply(bench::header_sizes);

} // namespace
