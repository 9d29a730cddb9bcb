// SPDX-License-Identifier: MIT
#pragma once

#include "support/chat.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

namespace bench {

/// As much is gathered before it is sent, and the place used again.
inline constexpr std::size_t send_size = 64 * 1024;

/// `write(chat)` returns the size of the header that it wrote, the same for every right writer.
template <class Write>
void measure_encoded_chats(benchmark::State& state, Write write) {
    std::size_t bytes = 0;
    for (const chat& header : chats()) bytes += to_text(header, 0).size();
    measure(state, {static_cast<std::int64_t>(chats().size()), bytes}, [&] {
        std::size_t written = 0;
        for (const chat& header : chats()) written += write(header);
        return written == bytes;
    });
}

inline constexpr auto encoded_chats = [](auto* benchmark) {
    benchmark->ArgName("header")->Arg(58);
    passes(benchmark);
};

} // namespace bench
