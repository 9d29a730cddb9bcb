// SPDX-License-Identifier: MIT
#include "system/memory.hpp"

#include <sys/resource.h>

std::uint64_t resident_memory() {
#ifdef __APPLE__
    constexpr std::uint64_t unit = 1;
#else
    constexpr std::uint64_t unit = 1024;
#endif
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_maxrss) * unit;
}

void give_memory_back() {}
