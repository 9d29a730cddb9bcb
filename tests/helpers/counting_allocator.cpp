// SPDX-License-Identifier: MIT
#include "counting_allocator.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

// No test needs more, and a sanitizer's malloc ends the program over absurd sizes.
constexpr std::size_t largest_request = std::size_t{1} << 30;

thread_local struct {
    std::size_t count;
    std::size_t total;
    std::size_t live;
    std::size_t peak;
    std::size_t first_to_fail; // numbers of allocations, as count is
    std::size_t end_of_failing;
    bool failed;
} state;

/// What stands before each block: its size.
union preamble {
    std::size_t size;
    std::max_align_t alignment;
};

void* allocate(std::size_t size) noexcept {
    const std::size_t number = state.count++;
    if (number >= state.first_to_fail && number < state.end_of_failing) {
        state.failed = true;
        return nullptr;
    }
    if (size > largest_request) return nullptr;
    auto* const block = static_cast<preamble*>(std::malloc(sizeof(preamble) + size));
    if (block == nullptr) return nullptr;
    block->size = size;
    state.total += size;
    state.live += size;
    state.peak = std::max(state.peak, state.live);
    return block + 1;
}

void* allocate_or_throw(std::size_t size) {
    void* const bytes = allocate(size);
    if (bytes == nullptr) throw std::bad_alloc();
    return bytes;
}

void release(void* bytes) noexcept {
    if (bytes == nullptr) return;
    preamble* const block = static_cast<preamble*>(bytes) - 1;
    state.live -= block->size;
    std::free(block);
}

} // namespace

void* operator new(std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void operator delete(void* bytes) noexcept {
    release(bytes);
}
void operator delete[](void* bytes) noexcept {
    release(bytes);
}
void operator delete(void* bytes, std::size_t) noexcept {
    release(bytes);
}
void operator delete[](void* bytes, std::size_t) noexcept {
    release(bytes);
}
void operator delete(void* bytes, const std::nothrow_t&) noexcept {
    release(bytes);
}
void operator delete[](void* bytes, const std::nothrow_t&) noexcept {
    release(bytes);
}

allocation_watch::allocation_watch() noexcept
    : count_(state.count), total_(state.total), live_(state.live) {
    state.peak = state.live;
}
std::size_t allocation_watch::count() const noexcept {
    return state.count - count_;
}
std::size_t allocation_watch::total() const noexcept {
    return state.total - total_;
}
std::size_t allocation_watch::live() const noexcept {
    return state.live - std::min(state.live, live_);
}
std::size_t allocation_watch::peak() const noexcept {
    return state.peak - live_;
}

failing_allocations::failing_allocations(std::size_t first, std::size_t how_many) noexcept {
    state.first_to_fail = state.count + first;
    state.end_of_failing = state.first_to_fail + how_many;
    state.failed = false;
}
failing_allocations::~failing_allocations() {
    state.first_to_fail = state.end_of_failing = 0;
}
bool failing_allocations::struck() const noexcept {
    return state.failed;
}
