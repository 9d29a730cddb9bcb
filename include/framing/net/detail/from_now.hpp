// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace framing::inline v0::net::detail {

/// When so much time has passed. What is too long for the clock never passes.
inline std::chrono::steady_clock::time_point from_now(std::chrono::milliseconds time) {
    using std::chrono::steady_clock;
    const auto now = steady_clock::now();
    const auto left = (steady_clock::time_point::max)() - now;
    const bool ends = time < std::chrono::floor<std::chrono::milliseconds>(left);
    return ends ? now + time : (steady_clock::time_point::max)();
}

} // namespace framing::inline v0::net::detail
