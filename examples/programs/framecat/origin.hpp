// SPDX-License-Identifier: MIT
#pragma once

#include "support/timestamp.hpp"

#include <cstdint>
#include <functional>

namespace framecat {

/// Where a stream comes from, as far as that is to be said.
struct origin {
    enum class side { unknown, client, server };

    std::uint64_t connection = 0; // from 1; 0: there is only one
    side from = side::unknown;
    std::function<timestamp()> clock{}; // when a frame came; none for what came long ago
};

} // namespace framecat
