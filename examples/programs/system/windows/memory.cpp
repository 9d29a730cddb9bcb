// SPDX-License-Identifier: MIT
#include "system/memory.hpp"

#include <psapi.h>
#include <windows.h>

std::uint64_t resident_memory() {
    PROCESS_MEMORY_COUNTERS now{};
    ::K32GetProcessMemoryInfo(::GetCurrentProcess(), &now, sizeof now);
    return now.WorkingSetSize;
}

void give_memory_back() {}
