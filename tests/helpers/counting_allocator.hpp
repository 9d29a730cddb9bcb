// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

// The tests replace operator new and delete. Each thread sees its own; sizes in bytes.

/// What has been allocated since the watch was set up. One at a time.
class allocation_watch {
public:
    allocation_watch() noexcept;

    [[nodiscard]] std::size_t count() const noexcept;
    /// All that was asked for, whether given back or not.
    [[nodiscard]] std::size_t total() const noexcept;
    /// What is held; a program that freed more than it took holds nothing.
    [[nodiscard]] std::size_t live() const noexcept;
    /// The most that was held at any time.
    [[nodiscard]] std::size_t peak() const noexcept;

private:
    std::size_t count_;
    std::size_t total_;
    std::size_t live_;
};

/// While it lives, allocation number `first` from now on, counted from 0, fails, and so do the
/// `how_many` - 1 after it.
class failing_allocations {
public:
    explicit failing_allocations(std::size_t first, std::size_t how_many = 1) noexcept;
    failing_allocations(const failing_allocations&) = delete;
    failing_allocations& operator=(const failing_allocations&) = delete;
    ~failing_allocations();

    /// Whether any has failed.
    [[nodiscard]] bool struck() const noexcept;
};
