// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
constinit thread_local std::uint64_t count = 0;
} // namespace

std::uint64_t bench::allocations() noexcept {
    return count;
}

// The array forms of the standard library call these. Those for over-aligned types do not, and are
// not counted.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    ++count;
    return std::malloc(size == 0 ? 1 : size);
}

void* operator new(std::size_t size) {
    if (void* const memory = operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}
