// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace bench {

/// How often this thread has called operator new so far.
[[nodiscard]] std::uint64_t allocations() noexcept;

} // namespace bench
