// SPDX-License-Identifier: MIT
#pragma once

#include "support/measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace bench {

using bytes_view = std::span<const std::byte>;

/// Bytes of a stream that is "hot": it stays in the second-level cache, as a buffer does that recv
/// has just filled.
inline constexpr std::size_t hot_size = 256 * 1024;

/// What reading a body comes to: so that everybody reads one, and none is left out.
[[nodiscard]] inline std::uint64_t touch(bytes_view body) noexcept {
    if (body.empty()) return 1;
    return 1 + std::to_integer<std::uint64_t>(body.front()) +
           std::to_integer<std::uint64_t>(body.back());
}

[[nodiscard]] inline bytes_view as_bytes(const std::string& text) noexcept {
    return std::as_bytes(std::span(text));
}

/// The body of the frame `number`: no two neighbours are alike.
inline void fill_body(std::string& body, std::size_t number) {
    if (body.empty()) return;
    body.front() = static_cast<char>('a' + number % 26);
    body.back() = static_cast<char>('a' + number % 23);
}

/// Frames as they lie on some wire, and what touching every body comes to.
struct stream {
    std::string bytes;
    std::int64_t frames = 0;
    std::uint64_t sum = 0;
};

/// hot_size bytes of frames, or one frame that is larger. `append(out, body)` encodes one.
template <class Append>
[[nodiscard]] stream make_stream(std::size_t body_size, Append append) {
    stream made;
    std::string body(body_size, 'x');
    do {
        fill_body(body, static_cast<std::size_t>(made.frames));
        append(made.bytes, body);
        made.sum += touch(as_bytes(body));
        ++made.frames;
    } while (made.bytes.size() < hot_size);
    return made;
}

/// Gives `bytes` in pieces as recv() would; 0 is all in one.
template <class Use>
void for_each_chunk(bytes_view bytes, std::size_t chunk, Use use) {
    if (chunk == 0) return use(bytes);
    while (!bytes.empty()) {
        const bytes_view part = bytes.first(std::min(chunk, bytes.size()));
        use(part);
        bytes = bytes.subspan(part.size());
    }
}

/// `read(chunk)` returns what touching the bodies that became whole comes to.
template <class Read>
void measure_chunks(benchmark::State& state, const stream& input, Read read) {
    const auto chunk = static_cast<std::size_t>(state.range(1));
    measure(state, {input.frames, input.bytes.size()}, [&] {
        std::uint64_t sum = 0;
        for_each_chunk(as_bytes(input.bytes), chunk, [&](bytes_view part) { sum += read(part); });
        return sum == input.sum;
    });
}

[[nodiscard]] inline std::size_t body_of(const benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

/// What a reassembler is measured with: the whole plane for ours, most of it for the others. Both
/// also get some streams byte by byte.
inline constexpr auto whole_plane = [](auto* benchmark) {
    benchmark->ArgNames({"body", "chunk"});
    benchmark->ArgsProduct({{0, 16, 64, 256, 1024, 16384, 1 << 20}, {1400, 4096, 65536, 0}});
    benchmark->ArgsProduct({{64, 16384}, {1}});
    passes(benchmark);
};
inline constexpr auto plane = [](auto* benchmark) {
    benchmark->ArgNames({"body", "chunk"});
    benchmark->ArgsProduct({{16, 64, 256, 1024, 16384, 1 << 20}, {1400, 65536}});
    passes(benchmark);
};
inline constexpr auto plane_and_bytewise = [](auto* benchmark) {
    plane(benchmark);
    benchmark->ArgsProduct({{64, 16384}, {1}});
};

} // namespace bench
