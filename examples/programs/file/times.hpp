// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#include <algorithm>
#include <cmath>

/// Seconds since 1970, as in messages: a double keeps a microsecond.
[[nodiscard]] inline double to_seconds(const timespec& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

[[nodiscard]] inline timespec to_timespec(double seconds) {
    const double whole = std::floor(seconds);
    const double microseconds = std::min(std::round((seconds - whole) * 1e6), 999'999.0);
    return {static_cast<time_t>(whole), static_cast<long>(microseconds) * 1000};
}

/// Whether a file can have it: some 3,000 years away at most.
[[nodiscard]] inline bool is_time(double seconds) {
    return std::abs(seconds) < 1e11;
}

/// Whether they are one time, as far as a message can tell.
[[nodiscard]] inline bool same_time(double a, double b) {
    return std::abs(a - b) < 2e-6;
}
