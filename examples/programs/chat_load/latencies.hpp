// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace chat_load {

/// How long things took, any number of them, each to within 1 %.
class latencies {
public:
    using duration = std::chrono::nanoseconds;

    void add(duration time) {
        const auto value = static_cast<std::uint64_t>(std::max(time, duration(0)).count());
        const unsigned shift = shift_of(value);
        ++counts_[(shift << digits) + (value >> shift)];
        ++count_;
        most_ = std::max(most_, value);
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] duration most() const { return duration(most_); }

    /// What the `share` that was fastest took at most: 0.5 for the median.
    [[nodiscard]] duration at(double share) const {
        const auto wanted =
            static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
        std::uint64_t seen = 0;
        for (std::uint64_t at = 0; at != counts_.size(); ++at) {
            seen += counts_[at];
            if (seen != 0 && seen >= wanted) return duration(std::min(last_of(at), most_));
        }
        return duration(0);
    }

private:
    /// The binary digits that are kept behind the first one.
    static constexpr unsigned digits = 7;
    static constexpr std::size_t buckets = std::size_t{65 - digits} << digits;

    static constexpr unsigned shift_of(std::uint64_t value) {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        return width > digits + 1 ? width - digits - 1 : 0;
    }
    /// The largest value that is counted there.
    static constexpr std::uint64_t last_of(std::uint64_t bucket) {
        if (bucket < 2u << digits) return bucket;
        const std::uint64_t shift = (bucket >> digits) - 1;
        return ((bucket - (shift << digits) + 1) << shift) - 1;
    }

    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t most_ = 0;
};

} // namespace chat_load
