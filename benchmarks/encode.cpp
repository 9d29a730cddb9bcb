// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "support/bodies.hpp"
#include "support/encoded_chats.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace {

using bench::bytes_view;

// Frames of every body and this header, appended to one string that is emptied for each pass.
void encode(benchmark::State& state, const framing::header_view& header) {
    const bench::bodies bodies(bench::body_of(state));
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    bench::measure(state, bodies.pass(), [&] {
        wire.clear();
        for (const bytes_view body : bodies)
            if (encoder.encode(header, body, wire)) return false;
        benchmark::DoNotOptimize(wire.data());
        return wire.size() >= bodies.count() * (header.text().size() + bodies.size());
    });
}

void encode_bare(benchmark::State& state) {
    encode(state, framing::header_view{});
}
BENCHMARK(encode_bare)->Name("encode/framing")->Apply(bench::encoded_bodies);

// The same, into memory that is there.
void encode_to_span(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    framing::encoder<framing::header_view> encoder;
    std::vector<std::byte> block(bodies.count() * (bodies.size() + 64));
    bench::measure(state, bodies.pass(), [&] {
        std::span<std::byte> free = block;
        std::size_t used = 0;
        for (const bytes_view body : bodies) {
            if (encoder.encode_to(framing::header_view{}, body, free, used)) return false;
            free = free.subspan(used);
        }
        benchmark::DoNotOptimize(block.data());
        return true;
    });
}
BENCHMARK(encode_to_span)->Name("encode/framing-span")->Apply(bench::encoded_bodies);

void encode_ready(benchmark::State& state) {
    framing::fault why;
    const auto header = framing::header_view::parse(
        R"({"type":"chat","from":"alice","seq":12345,"room":"kitchen"})", {}, why);
    if (!header) return state.SkipWithError("refused");
    encode(state, *header);
}
BENCHMARK(encode_ready)->Name("encode/framing-58-byte-header")->Apply(bench::encoded_bodies);

// Every chat as header type Header, whole frames.
template <class Header>
void encode_chats(benchmark::State& state, const std::vector<Header>& headers) {
    const std::string body(bench::chat_body_size, 'x');
    framing::encoder<Header> encoder;
    std::string wire;
    std::size_t number = 0;
    bench::measure_encoded_chats(state, [&](const bench::chat&) {
        if (number == headers.size()) number = 0;
        if (wire.size() > bench::send_size) wire.clear();
        const std::size_t before = wire.size();
        if (encoder.encode(headers[number++], body, wire)) return std::size_t{0};
        return wire.size() - before - framing::prefix_size - body.size();
    });
}

void encode_struct(benchmark::State& state) {
    encode_chats(state, bench::chats());
}
BENCHMARK(encode_struct)->Name("encode_chat/framing-members")->Apply(bench::encoded_chats);

void encode_json(benchmark::State& state) {
    std::vector<nlohmann::json> headers;
    for (const bench::chat& chat : bench::chats())
        headers.push_back(nlohmann::json::parse(bench::to_text(chat, 0)));
    encode_chats(state, headers);
}
BENCHMARK(encode_json)->Name("encode_chat/framing-json")->Apply(bench::encoded_chats);

} // namespace
