// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

namespace framing::inline v0::net::detail {

/// How many bytes connections hold together: what has come and waits to be read, and what waits to
/// be sent. Does no I/O.
class held_bytes {
public:
    /// `exceeded`, which may not throw, is called once they hold more than `most`, unless that is
    /// 0, and then not before `settled`.
    held_bytes(std::size_t most, std::function<void()> exceeded)
        : most_(most), exceeded_(std::move(exceeded)) {}

    /// One that held `before` holds `now`, and notes it.
    void change(std::size_t& before, std::size_t now) {
        total_ += now - std::exchange(before, now);
        if (are_too_many() && !std::exchange(told_, true)) exceeded_();
    }

    [[nodiscard]] bool are_too_many() const { return most_ != 0 && total_ > most_; }
    [[nodiscard]] std::size_t total() const { return total_; }
    void settled() { told_ = false; }

private:
    std::size_t most_;
    std::function<void()> exceeded_;
    std::size_t total_ = 0;
    bool told_ = false;
};

} // namespace framing::inline v0::net::detail
