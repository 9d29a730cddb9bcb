// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "support/chat.hpp"
#include "support/long_headers.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace {

using bench::bytes_view;

// Chats received as header type Header; `read(frame)` returns what touching the header comes to.
template <class Header, class Read>
void chats(benchmark::State& state, bool headers_read, Read read) {
    framing::reassembler<Header> incoming;
    bench::measure_chats(state, headers_read, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        for (const auto& frame : incoming.feed(chunk))
            sum += bench::touch(frame.body) + read(frame.header);
        return sum;
    });
}

// Checked and unread, as a router or a broadcast has it.
void unread(benchmark::State& state) {
    chats<framing::header_view>(state, false, [](const framing::header_view& header) {
        benchmark::DoNotOptimize(header.text().data());
        return std::uint64_t{0};
    });
}
BENCHMARK(unread)->Name("chat/framing-view")->Apply(bench::chat_arguments);

void into_struct(benchmark::State& state) {
    chats<bench::chat>(state, true, [](const bench::chat& header) { return bench::touch(header); });
}
BENCHMARK(into_struct)->Name("chat/framing-members")->Apply(bench::chat_arguments);

void into_json(benchmark::State& state) {
    chats<nlohmann::json>(state, true, [](const nlohmann::json& header) {
        return bench::touch(header.at("type").get_ref<const std::string&>(),
                            header.at("from").get_ref<const std::string&>(),
                            header.at("seq").get<std::uint64_t>(),
                            header.at("body_size").get<std::uint64_t>());
    });
}
BENCHMARK(into_json)->Name("chat/framing-json")->Apply(bench::chat_arguments);

// One header, checked by the wire format's rules.
void check(benchmark::State& state, const std::string& text) {
    bench::measure(state, {1, text.size()}, [&] {
        framing::fault why;
        return framing::header_view::parse(text, {}, why).has_value();
    });
}

void check_short_strings(benchmark::State& state) {
    check(state, bench::short_strings(bench::body_of(state)));
}
BENCHMARK(check_short_strings)->Name("check_short_strings/framing")->Apply(bench::header_sizes);

void check_long_string(benchmark::State& state) {
    check(state, bench::long_string(bench::body_of(state)));
}
BENCHMARK(check_long_string)->Name("check_long_string/framing")->Apply(bench::header_sizes);

} // namespace
