// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <utility>

/// The interrupts that a person types to a program at a raw terminal, while nothing comes back: not
/// of a program that only takes its time, but in a row and for longer than any network does. Knows
/// no clock.
class unanswered {
public:
    using time = std::chrono::steady_clock::time_point;
    enum class advice { wait, ask, leave };

    /// Each of a row comes within this time of the one before, and all of them are more than it.
    static constexpr std::chrono::seconds in_a_row{1};

    [[nodiscard]] advice interrupted(time now) {
        if (!last_ || now - *last_ > in_a_row) {
            first_ = now;
            asked_ = false;
        }
        last_ = now;
        if (now - first_ <= in_a_row) return advice::wait;
        return std::exchange(asked_, true) ? advice::leave : advice::ask;
    }

    /// Something has come back: what is typed next begins a row.
    void answered() { last_.reset(); }

private:
    time first_;
    std::optional<time> last_; // none: there is no row
    bool asked_ = false;
};
