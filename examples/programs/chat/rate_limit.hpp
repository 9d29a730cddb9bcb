// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

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

    /// One for a neighbour, who has no more; where it could not be slowed, it may at least come in.
    [[nodiscard]] rate_limit lent(clock::time_point now) const {
        rate_limit result = *this;
        result.tokens_ = tokens_at(now);
        result.last_ = now;
        if (!can_slow_) result.tokens_ = std::max(result.tokens_, 1.0);
        result.forgive();
        return result;
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

/// The limits of all who are there, and of those who have left, for who comes next from the same
/// network: what one has said is not shed by coming again, also where the end of the one before is
/// not noticed yet.
class rate_limits {
public:
    using clock = rate_limit::clock;

    /// The limit of one who is there. It is to be gone before its rate_limits.
    class taken {
    public:
        taken(taken&&) = default;
        taken& operator=(taken&&) = delete;
        /// Leaves it to who comes next.
        ~taken() {
            if (limit_) note();
        }

        [[nodiscard]] rate_limit::verdict charge(clock::time_point now) {
            const rate_limit::verdict result = limit_->charge(now);
            const bool for_another = std::exchange(is_lent_, false); // it waits, if at all
            if (result != rate_limit::verdict::pass && !for_another) note();
            return result;
        }

        [[nodiscard]] clock::duration wait() const { return limit_->wait(); }

    private:
        friend rate_limits;
        taken(rate_limits& all, std::string network, rate_limit limit)
            : all_(&all), network_(std::move(network)),
              limit_(std::make_shared<rate_limit>(limit)) {}

        void note() {
            if (!std::exchange(noted_, true)) all_->noted_.emplace(network_, limit_);
        }

        rate_limits* all_;
        std::string network_;
        std::shared_ptr<rate_limit> limit_;
        bool noted_ = false;
        bool is_lent_ = false; // and nothing said yet
    };

    /// As for a rate_limit.
    explicit rate_limits(double rate, bool slowed = true) : rate_(rate), slowed_(slowed) {}

    /// For who comes: the one of those left with which least may be said; as little as somebody has
    /// who is there and has said too much; or a new one. Who has said that may be a neighbour, and
    /// so who comes is slowed down, but not sent away for it.
    [[nodiscard]] taken take(const std::string& network, clock::time_point now) {
        forget_full(now);
        const auto [first, last] = noted_.equal_range(network);
        const auto least = std::min_element(first, last, [now](const auto& a, const auto& b) {
            return a.second->tokens_at(now) < b.second->tokens_at(now);
        });
        if (least == last || least->second->is_full(now)) {
            taken result(*this, network, rate_limit(rate_, now, slowed_));
            result.noted_ = rate_ == 0; // it is of no use to anybody
            return result;
        }
        const bool is_lent = !is_left(least->second);
        taken result(*this, network, is_lent ? least->second->lent(now) : *least->second);
        result.is_lent_ = is_lent;
        if (is_lent) return result;
        result.limit_->forgive();
        noted_.erase(least);
        return result;
    }

    /// How many are kept for those who come.
    [[nodiscard]] std::size_t size() const { return noted_.size(); }

private:
    static constexpr std::size_t first_look = 1024;

    static bool is_left(const std::shared_ptr<rate_limit>& limit) { return limit.use_count() == 1; }

    void forget_full(clock::time_point now) {
        if (noted_.size() < next_look_) return;
        std::erase_if(noted_, [now](const auto& each) {
            return is_left(each.second) && each.second->is_full(now);
        });
        next_look_ = std::max(first_look, 2 * noted_.size());
    }

    double rate_;
    bool slowed_;
    // Of those who have left, and of those who have said too much.
    std::multimap<std::string, std::shared_ptr<rate_limit>> noted_;
    std::size_t next_look_ = first_look; // for those that are full again
};

} // namespace chat
