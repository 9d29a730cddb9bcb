// SPDX-License-Identifier: MIT
#pragma once

#include "support/measure.hpp"
#include "support/stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// What encoders are given: hot_size bytes of different bodies, or one that is larger.
class bodies {
public:
    explicit bodies(std::size_t size) : size_(size) {
        const std::size_t count =
            std::max<std::size_t>(1, hot_size / std::max<std::size_t>(64, size));
        std::string body(size, 'x');
        for (std::size_t number = 0; number < count; ++number) {
            fill_body(body, number);
            memory_ += body;
        }
        for (std::size_t number = 0; number < count; ++number)
            views_.push_back(as_bytes(memory_).subspan(number * size, size));
    }
    bodies(const bodies&) = delete;
    bodies& operator=(const bodies&) = delete;

    [[nodiscard]] auto begin() const noexcept { return views_.begin(); }
    [[nodiscard]] auto end() const noexcept { return views_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bytes_view memory() const noexcept { return as_bytes(memory_); }
    [[nodiscard]] std::size_t count() const noexcept { return views_.size(); }

    /// The work of encoding each once; the bytes are those of the bodies alone.
    [[nodiscard]] work pass() const noexcept {
        return {static_cast<std::int64_t>(count()), count() * size_};
    }

private:
    std::size_t size_;
    std::string memory_;
    std::vector<bytes_view> views_;
};

inline constexpr auto encoded_bodies = [](auto* benchmark) {
    benchmark->ArgName("body");
    for (const int size : {0, 16, 64, 256, 1024, 16384, 1 << 20}) benchmark->Arg(size);
    passes(benchmark);
};

} // namespace bench
