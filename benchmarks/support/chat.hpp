// SPDX-License-Identifier: MIT
#pragma once

#include <framing/framing.hpp>

#include "support/stream.hpp"
#include "support/view_reassembler.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The header of a chat message, in 58 bytes or so: {"type":"chat","from":"alice","seq":12345,
/// "body_size":64}.
struct chat {
    std::string type;
    std::string from;
    std::uint64_t seq = 0;
    std::uint64_t body_size = 0;
};

inline constexpr std::size_t chat_body_size = 64;

/// What reading a header comes to.
[[nodiscard]] inline std::uint64_t touch(std::string_view type, std::string_view from,
                                         std::uint64_t seq, std::uint64_t body_size) noexcept {
    return type.size() + from.size() + seq + body_size;
}
[[nodiscard]] inline std::uint64_t touch(const chat& header) noexcept {
    return touch(header.type, header.from, header.seq, header.body_size);
}

/// 16,384 different headers: fewer, and the branch predictor learns them by heart.
[[nodiscard]] const std::vector<chat>& chats();

/// The header as JSON, with an array of strings behind `seq` when it is to have about `size` bytes.
[[nodiscard]] std::string to_text(const chat& header, std::size_t size);

/// Frames of the wire format that have such headers.
struct chat_stream : stream {
    std::uint64_t header_sum = 0; ///< what touching all headers comes to; `sum` is of the bodies
};

/// Made once for each size.
[[nodiscard]] const chat_stream& chats_of(std::size_t header_size);

/// Which chats are measured: header, body and chunk.
inline constexpr auto chat_arguments = [](auto* benchmark) {
    benchmark->ArgNames({"header", "body", "chunk"});
    benchmark->ArgsProduct({{58}, {chat_body_size}, {1400, 65536}});
    benchmark->ArgsProduct({{1024}, {chat_body_size}, {65536}});
    passes(benchmark);
};

/// `read(chunk)` returns what touching the frames that became whole comes to: their bodies and,
/// unless the headers are left unread, those.
template <class Read>
void measure_chats(benchmark::State& state, bool headers_read, Read read) {
    const chat_stream& input = chats_of(static_cast<std::size_t>(state.range(0)));
    const auto chunk = static_cast<std::size_t>(state.range(2));
    const std::uint64_t wanted = input.sum + (headers_read ? input.header_sum : 0);
    measure(state, {input.frames, input.bytes.size()}, [&] {
        std::uint64_t sum = 0;
        for_each_chunk(as_bytes(input.bytes), chunk, [&](bytes_view part) { sum += read(part); });
        return sum == wanted;
    });
}

/// Chats by the least of reassemblers and somebody's JSON: `parse(text, body_size)` sets the size
/// and returns what touching the header comes to.
template <class Parse>
void measure_chat_parser(benchmark::State& state, Parse parse) {
    view_reassembler incoming;
    std::uint64_t header_sum = 0;
    std::uint64_t body_size = 0;
    const auto extent_of = [&](bytes_view bytes) -> extent {
        if (bytes.size() < framing::prefix_size) return {framing::prefix_size, false};
        const extent head = u32_extent(bytes);
        if (bytes.size() < head.size) return {head.size, false};
        header_sum = parse(framing::as_text(bytes.first(head.size).subspan(framing::prefix_size)),
                           body_size);
        return {head.size + body_size, true};
    };
    measure_chats(state, true, [&](bytes_view chunk) {
        std::uint64_t sum = 0;
        incoming.feed(chunk, extent_of,
                      [&](bytes_view frame) { sum += header_sum + touch(frame.last(body_size)); });
        return sum;
    });
}

} // namespace bench

template <>
struct framing::header_traits<bench::chat>
    : framing::members<bench::chat, framing::member<"type", &bench::chat::type>,
                       framing::member<"from", &bench::chat::from>,
                       framing::member<"seq", &bench::chat::seq>,
                       framing::member<"body_size", &bench::chat::body_size>> {};
