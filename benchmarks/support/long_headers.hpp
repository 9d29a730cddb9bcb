// SPDX-License-Identifier: MIT
#pragma once

#include "support/measure.hpp"

#include <cstddef>
#include <string>

namespace bench {

/// Headers of exactly `size` bytes: many members, each a short string; or one long string.
[[nodiscard]] inline std::string short_strings(std::size_t size) {
    std::string text = R"({"first":"value")";
    for (int i = 0; text.size() + 40 < size; ++i)
        text += R"(,"member)" + std::to_string(i) + R"(":"some value")";
    text += R"(,"last":")";
    text.append(size - text.size() - 2, 'x');
    return text + "\"}";
}

[[nodiscard]] inline std::string long_string(std::size_t size) {
    std::string text = R"({"all":")";
    text.append(size - text.size() - 2, 'x');
    return text + "\"}";
}

/// Up to the largest header that a receiver accepts unless it is told otherwise.
inline constexpr auto header_sizes = [](auto* benchmark) {
    benchmark->ArgName("header");
    for (const int size : {64, 1024, 64 * 1024}) benchmark->Arg(size);
    passes(benchmark);
};

} // namespace bench
