// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace chat {

/// What the numbers of messages say about those that did not come.
class sequence {
public:
    enum class arrival { next, after_gap, late, duplicate };

    /// Numbers from here on are awaited.
    void start(std::uint64_t last) {
        last_ = last;
        missing_.clear();
    }

    /// `gap` then says which numbers were left out.
    [[nodiscard]] arrival take(std::uint64_t number) {
        if (number == last_ + 1) {
            last_ = number;
            return arrival::next;
        }
        if (number <= last_)
            return missing_.erase(number) != 0 ? arrival::late : arrival::duplicate;
        gap_ = {last_ + 1, number - 1};
        skip(number - 1);
        last_ = number;
        return arrival::after_gap;
    }

    [[nodiscard]] std::uint64_t last() const { return last_; }
    /// The first and the last number left out.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> gap() const { return gap_; }

private:
    static constexpr std::size_t most_missing = 1000; // older ones are given up

    void skip(std::uint64_t up_to) {
        const std::uint64_t count = up_to - last_;
        if (count >= most_missing) missing_.clear();
        for (std::uint64_t n = count > most_missing ? up_to - most_missing : last_; n < up_to;)
            missing_.insert(++n);
        while (missing_.size() > most_missing) missing_.erase(missing_.begin());
    }

    std::uint64_t last_ = 0;
    std::pair<std::uint64_t, std::uint64_t> gap_{};
    std::set<std::uint64_t> missing_;
};

} // namespace chat
