// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace chat_load {

/// What processes have used so far, and hold now.
struct process_usage {
    double user = 0; // seconds of processor time, as the two below
    double system = 0;
    std::size_t resident = 0; // bytes of memory

    [[nodiscard]] double processor() const { return user + system; }

    process_usage& operator+=(const process_usage& other);
};

/// What processes of this machine have used together.
/// Throws: std::runtime_error if there is no such process.
[[nodiscard]] process_usage usage_of(const std::vector<pid_t>& processes);

} // namespace chat_load
