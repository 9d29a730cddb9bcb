// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace framing::inline v0::net::detail {

/// Who is let in, and who has to make room for whom. Does no I/O and knows no clock.
///
/// Where there are too many, one goes who has not authenticated, a stranger: any of them, so that
/// who comes in a crowd has a chance, but first those of the network that has most of them, or has
/// failed most often. Who is new has a while to say who it is, unless its network is worse than
/// that of who comes.
class admission {
public:
    using ticket = std::uint64_t;
    using time_point = std::chrono::steady_clock::time_point;

    struct limits { // 0: none
        std::size_t connections = 0;
        std::size_t per_network = 0;
        std::size_t unauthenticated = 0;
        std::chrono::steady_clock::duration grace{0};
    };

    struct decision {
        std::optional<ticket> admitted;
        std::optional<ticket> dropped; // who has to go; it has left already
    };

    /// `seed`: of the order in which strangers go.
    admission(const limits& allowed, std::uint64_t seed) : limits_(allowed), random_(seed) {}

    /// One more wants to come in. `name`: its network; an empty one has no limit of its own.
    /// O(strangers) where somebody has to make room.
    decision enter(const std::string& name, time_point now) {
        const auto known = networks_.find(name);
        const network of_it = known == networks_.end() ? network() : known->second;
        const bool crowded = !name.empty() && reached(of_it.guests, limits_.per_network);
        decision result;
        if (crowded)
            result.dropped = pick([&](const guest& each) {
                return each.origin->first == name && has_had_time(each, now);
            });
        else if (reached(guests_.size(), limits_.connections) ||
                 reached(strangers_.size(), limits_.unauthenticated))
            result.dropped = pick_for(of_it, now);
        else
            result.admitted = admit(name, now);
        if (result.dropped) {
            remove(*result.dropped);
            result.admitted = admit(name, now);
        }
        return result;
    }

    /// One is no stranger any more.
    void authenticated(ticket who) {
        if (const auto found = guests_.find(who); found != guests_.end()) make_known(found->second);
    }
    [[nodiscard]] bool is_authenticated(ticket who) const {
        const auto found = guests_.find(who);
        return found != guests_.end() && found->second.place == known_one;
    }

    /// Its network; empty where it has gone.
    [[nodiscard]] std::string origin_of(ticket who) const {
        const auto found = guests_.find(who);
        return found == guests_.end() ? std::string() : found->second.origin->first;
    }

    /// One has gone; as a stranger it has failed.
    void leave(ticket who, time_point now) {
        const auto found = guests_.find(who);
        if (found == guests_.end()) return;
        if (found->second.place != known_one) {
            network& origin = found->second.origin->second;
            origin.failures = (std::min)(origin.failures_at(now) + 1, most_failures);
            origin.last_failure = now;
        }
        remove(who);
    }

private:
    static constexpr std::size_t most_failures = 1024;
    /// Networks that nobody is connected from.
    static constexpr std::size_t most_remembered = 4096;
    static constexpr std::size_t known_one = SIZE_MAX;

    struct network {
        std::size_t guests = 0;
        std::size_t strangers = 0; // of them
        std::size_t failures = 0;
        time_point last_failure;

        /// They count half after a while.
        [[nodiscard]] std::size_t failures_at(time_point now) const {
            constexpr std::chrono::seconds half_life{30};
            const auto halves = (now - last_failure) / half_life;
            return halves < 16 ? failures >> halves : 0;
        }
        [[nodiscard]] std::size_t burden(time_point now) const {
            return strangers + failures_at(now);
        }
    };

    struct guest {
        ticket id;
        std::map<std::string, network>::iterator origin;
        time_point since;
        std::size_t place; // among the strangers
    };

    static bool reached(std::size_t count, std::size_t most) { return most != 0 && count >= most; }
    [[nodiscard]] bool has_had_time(const guest& who, time_point now) const {
        return now - who.since >= limits_.grace;
    }

    /// Any of the strangers of whom `may_go` is true.
    template <class MayGo>
    std::optional<ticket> pick(const MayGo& may_go) {
        std::optional<ticket> result;
        std::size_t count = 0;
        for (const guest* each : strangers_)
            if (may_go(*each) && random_below(++count) == 0) result = each->id;
        return result;
    }

    /// By Knuth's generator, as <random> does not compile where min and max are macros.
    std::size_t random_below(std::size_t end) {
        random_ = random_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>((random_ >> 33) % end);
    }

    std::optional<ticket> pick_for(const network& newcomer, time_point now) {
        const auto burden = [now](const guest& each) { return each.origin->second.burden(now); };
        const std::size_t mine = newcomer.burden(now) + 1;
        std::size_t worst = 0;
        for (const guest* each : strangers_) worst = (std::max)(worst, burden(*each));
        return pick([&](const guest& each) {
            if (worst > mine) return burden(each) == worst;
            return burden(each) + 1 >= mine && has_had_time(each, now);
        });
    }

    ticket admit(const std::string& name, time_point now) {
        const auto origin = networks_.try_emplace(name).first;
        strangers_.push_back(nullptr);
        try {
            const ticket id = last_ + 1;
            const guest entry{id, origin, now, strangers_.size() - 1};
            strangers_.back() = &guests_.insert({id, entry}).first->second;
        } catch (...) {
            strangers_.pop_back();
            throw;
        }
        ++origin->second.guests;
        ++origin->second.strangers;
        return ++last_;
    }

    void make_known(guest& who) {
        if (who.place == known_one) return;
        strangers_[who.place] = strangers_.back();
        strangers_[who.place]->place = who.place;
        strangers_.pop_back();
        who.place = known_one;
        --who.origin->second.strangers;
    }

    void remove(ticket who) {
        const auto found = guests_.find(who);
        make_known(found->second);
        --found->second.origin->second.guests;
        guests_.erase(found);
        if (networks_.size() > guests_.size() + most_remembered)
            std::erase_if(networks_, [](const auto& each) { return each.second.guests == 0; });
    }

    limits limits_;
    std::uint64_t random_;
    ticket last_ = 0;
    std::map<std::string, network> networks_;
    std::unordered_map<ticket, guest> guests_;
    std::vector<guest*> strangers_;
};

} // namespace framing::inline v0::net::detail
