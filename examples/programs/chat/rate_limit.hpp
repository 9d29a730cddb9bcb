// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace chat {

/// How much a member may say: a token bucket. Who empties it is slowed down first, then told, then
/// dropped, and forgiven as soon as the bucket is full again. Knows no clock: its owner says what
/// time it is.
class rate_limit {
public:
    using clock = std::chrono::steady_clock;

    enum class verdict {
        pass,
        /// It passes; nothing more is to be read for `wait`.
        slow,
        /// It is refused, and the member told.
        refuse,
        /// The member goes.
        drop,
    };

    /// `rate`: messages a second, 0 for no limit; at once, twice that. Where reading cannot be
    /// `slowed`, what is too much is refused at once.
    rate_limit(double rate, clock::time_point now, bool slowed = true)
        : rate_(rate), burst_(std::max(2 * rate, 1.0)), tokens_(burst_), last_(now),
          slowdowns_(slowed ? allowed() : 0), refusals_(allowed()), can_slow_(slowed) {}

    [[nodiscard]] verdict charge(clock::time_point now) {
        if (rate_ == 0) return verdict::pass;
        tokens_ += rate_ * std::chrono::duration<double>(now - last_).count();
        last_ = now;
        if (tokens_ >= burst_) {
            tokens_ = burst_;
            slowdowns_ = can_slow_ ? allowed() : 0;
            refusals_ = allowed();
        }
        if (tokens_ >= 1) {
            tokens_ -= 1;
            return verdict::pass;
        }
        if (slowdowns_ != 0) {
            --slowdowns_;
            tokens_ -= 1;
            return verdict::slow;
        }
        if (refusals_ == 0) return verdict::drop;
        --refusals_;
        return verdict::refuse;
    }

    /// How long until the next message may come.
    [[nodiscard]] clock::duration wait() const {
        const double seconds = tokens_ >= 0 || rate_ == 0 ? 0.0 : -tokens_ / rate_;
        return std::chrono::duration_cast<clock::duration>(
            std::chrono::duration<double>(std::min(seconds, longest_wait)));
    }

private:
    static constexpr double longest_wait = 2; // seconds

    [[nodiscard]] std::size_t allowed() const { return static_cast<std::size_t>(burst_); }

    double rate_;
    double burst_;
    double tokens_;
    clock::time_point last_;
    std::size_t slowdowns_; // left before refusals
    std::size_t refusals_;  // left before the end
    bool can_slow_;
};

} // namespace chat
