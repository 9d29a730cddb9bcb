// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Thins out what strangers can make a log say as often as they like: of each kind one line a
/// second from each network, with how many more there were. Does no I/O and knows no clock.
class repetitions {
public:
    using clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds interval{1};

    /// Something has happened. Returns: how often it has since the last line about it, if there is
    /// to be one now.
    std::optional<std::size_t> note(const std::string& network, const std::string& what,
                                    clock::time_point now) {
        const auto [known, is_new] = left_out_.try_emplace({network, what}, times{0, now});
        if (!is_new && now - known->second.said < interval) {
            ++known->second.count;
            return std::nullopt;
        }
        known->second.said = now;
        return std::exchange(known->second.count, 0);
    }

    struct summary {
        std::string network;
        std::string what;
        std::size_t count = 0;
    };
    /// What was left out and not followed by a line, and forgets what is over.
    std::vector<summary> take_due(clock::time_point now) {
        std::vector<summary> result;
        std::erase_if(left_out_, [&](const auto& each) {
            const auto& [of, known] = each;
            if (now - known.said < interval) return false;
            if (known.count != 0) result.push_back({of.first, of.second, known.count});
            return true;
        });
        return result;
    }

private:
    struct times {
        std::size_t count = 0;
        clock::time_point said;
    };
    std::map<std::pair<std::string, std::string>, times> left_out_;
};
