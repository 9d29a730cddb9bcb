// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

/// Seconds as a person types them. A time that is not 0, which often means none, stays one however
/// short it is.
template <class Duration>
Duration from_seconds(double count) {
    const auto rounded = std::chrono::round<Duration>(std::chrono::duration<double>(count));
    return count > 0 ? std::max(rounded, Duration(1)) : rounded;
}
