// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>

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
        tokens_ = tokens_at(now);
        last_ = now;
        if (tokens_ >= burst_) {
            tokens_ = burst_;
            forgive();
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

    /// Slows down and refuses before the end, as at first.
    void forgive() {
        tokens_ = std::max(tokens_, -burst_); // full again soon
        slowdowns_ = can_slow_ ? allowed() : 0;
        refusals_ = allowed();
    }

    /// How many messages it would let pass; what it was slowed down for counts less.
    [[nodiscard]] double tokens_at(clock::time_point now) const {
        return tokens_ + rate_ * std::chrono::duration<double>(now - last_).count();
    }
    /// Whether nothing of what was said counts any more.
    [[nodiscard]] bool is_full(clock::time_point now) const {
        return rate_ == 0 || tokens_at(now) >= burst_;
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

/// The limits of those who have left, for who comes next from the same network: what one has said
/// is not shed by coming again.
class rate_limits {
public:
    using clock = rate_limit::clock;

    /// As for a rate_limit.
    explicit rate_limits(double rate, bool slowed = true) : rate_(rate), slowed_(slowed) {}

    /// For who comes: the one with which least may be said, or a new one. It may be a neighbour of
    /// who has left, and so is slowed down, but not sent away for what it has not said.
    [[nodiscard]] rate_limit take(const std::string& network, clock::time_point now) {
        const auto [first, last] = left_.equal_range(network);
        const auto least = std::min_element(first, last, [now](const auto& a, const auto& b) {
            return a.second.tokens_at(now) < b.second.tokens_at(now);
        });
        if (least == last) return rate_limit(rate_, now, slowed_);
        rate_limit result = least->second;
        result.forgive();
        left_.erase(least);
        return result;
    }

    /// Of who leaves.
    void give_back(const std::string& network, const rate_limit& limit, clock::time_point now) {
        if (limit.is_full(now)) return;
        if (left_.size() >= next_look_) {
            std::erase_if(left_, [now](const auto& each) { return each.second.is_full(now); });
            next_look_ = std::max(first_look, 2 * left_.size());
        }
        left_.emplace(network, limit);
    }

    /// How many are kept.
    [[nodiscard]] std::size_t size() const { return left_.size(); }

private:
    static constexpr std::size_t first_look = 1024;

    double rate_;
    bool slowed_;
    std::multimap<std::string, rate_limit> left_;
    std::size_t next_look_ = first_look; // for those that are full again
};

} // namespace chat
