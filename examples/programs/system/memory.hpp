// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// The memory of this process, in bytes; the most that there was, where no more is known.
[[nodiscard]] std::uint64_t resident_memory();

/// Gives back what an allocator keeps for later, where it can be asked to.
void give_memory_back();
