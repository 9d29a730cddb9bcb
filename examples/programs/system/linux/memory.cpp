// SPDX-License-Identifier: MIT
#include "system/memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

std::uint64_t resident_memory() {
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    std::ifstream pages("/proc/self/statm");
    pages >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void give_memory_back() {
    ::malloc_trim(0);
}
