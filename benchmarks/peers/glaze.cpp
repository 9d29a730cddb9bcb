// SPDX-License-Identifier: MIT
// glaze: a chat as a struct, read and written without a tree.
#include "support/chat.hpp"
#include "support/encoded_chats.hpp"

#include <benchmark/benchmark.h>
#include <glaze/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

template <>
struct glz::meta<bench::chat> {
    static constexpr auto value =
        object("type", &bench::chat::type, "from", &bench::chat::from, "seq", &bench::chat::seq,
               "body_size", &bench::chat::body_size);
};

namespace {

void chats(benchmark::State& state) {
    // As members<> does: others are ignored, none may be missing, the text ends where it ends.
    constexpr glz::opts options{
        .null_terminated = false, .error_on_unknown_keys = false, .error_on_missing_keys = true};
    bench::chat header;
    bench::measure_chat_parser(state, [&](std::string_view text, std::uint64_t& body_size) {
        if (glz::read<options>(header, text)) return std::uint64_t{0};
        body_size = header.body_size;
        return bench::touch(header);
    });
}
BENCHMARK(chats)->Name("chat/glaze")->Apply(bench::chat_arguments);

void write_chats(benchmark::State& state) {
    std::string out;
    bench::measure_encoded_chats(state, [&](const bench::chat& chat) {
        if (glz::write_json(chat, out)) return std::size_t{0};
        return out.size();
    });
}
BENCHMARK(write_chats)->Name("encode_chat/glaze")->Apply(bench::encoded_chats);

} // namespace
