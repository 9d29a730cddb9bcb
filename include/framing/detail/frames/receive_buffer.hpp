// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace framing::inline v0::detail {

/// Bytes in one piece: appended behind, consumed in front, while views of what was consumed live on
/// until the next `start`.
///
///     [ consumed, maybe still viewed | bytes() | free ]
///     0                              first_    last_  capacity_
///
/// A block is never filled on faith: it is at most twice the bytes that it was made for.
class receive_buffer {
public:
    receive_buffer() noexcept = default;
    receive_buffer(receive_buffer&& other) noexcept { swap(other); }
    receive_buffer& operator=(receive_buffer&& other) noexcept {
        receive_buffer taken(std::move(other));
        swap(taken);
        return *this;
    }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return {block_.get() + first_, last_ - first_};
    }
    [[nodiscard]] bool empty() const noexcept { return first_ == last_; }
    [[nodiscard]] std::size_t size() const noexcept { return last_ - first_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// All views die. A block that is large, and more than four times what was needed since the
    /// last start and will be now, is given back the second time in a row.
    void start(std::size_t upcoming) noexcept {
        if (retired_.front()) retired_ = {};
        viewed_ = false;
        prepared_ = 0;
        // Moving bytes() to the front pays only when as many are dead before it, else it is
        // quadratic.
        if (first_ >= size()) move_to_front();
        const std::size_t need = (std::max)({needed_, upcoming, size()});
        needed_ = 0;
        if (capacity_ <= small_block || capacity_ / 4 <= need) {
            unneeded_ = false;
        } else if (std::exchange(unneeded_, true)) {
            shrink();
        }
    }

    /// Gives back what is not in use, if the smaller block can be had. All views die.
    void shrink() noexcept {
        retired_ = {};
        viewed_ = false;
        unneeded_ = false;
        prepared_ = 0;
        if (empty()) {
            block_.reset();
            capacity_ = first_ = last_ = 0;
        } else if (size() < capacity_) {
            replace(new (std::nothrow) std::byte[size()], size());
        }
    }

    /// Throws: std::bad_alloc, and then nothing has changed.
    void append(std::span<const std::byte> bytes) {
        if (!fits(bytes.size())) {
            const std::size_t capacity = grown(bytes.size());
            replace(new std::byte[capacity], capacity);
        }
        put(bytes);
    }

    /// Returns: false if there is no memory, and then nothing has changed.
    [[nodiscard]] bool try_append(std::span<const std::byte> bytes) noexcept {
        if (!fits(bytes.size())) {
            const std::size_t capacity = grown(bytes.size());
            if (!replace(new (std::nothrow) std::byte[capacity], capacity)) return false;
        }
        put(bytes);
        return true;
    }

    /// Room for `size` bytes behind bytes(), to be filled and committed.
    ///
    /// Throws: std::bad_alloc, and then nothing has changed.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t size) {
        if (!fits(size)) {
            // The bytes asked for have not arrived: only what has is doubled.
            const std::size_t arrived = pinned() + this->size();
            const std::size_t most = (std::numeric_limits<std::size_t>::max)();
            const std::size_t capacity = size < most - arrived ? arrived + size : most;
            replace(new std::byte[capacity], capacity);
        }
        needed_ = (std::max)(needed_, pinned() + size);
        prepared_ = size;
        return {block_.get() + last_, size};
    }
    void commit(std::size_t size) noexcept {
        assert(size <= prepared_ && "more is committed than was prepared");
        last_ += (std::min)(size, std::exchange(prepared_, 0));
        note_need();
    }

    /// Appends where there is room, and no view or prepared room that a `start` would end.
    ///
    /// Returns: false if it is not so, and then nothing has changed.
    [[nodiscard]] bool append_in_place(std::span<const std::byte> bytes) noexcept {
        if (viewed_ || prepared_ != 0 || retired_.front() || !fits(bytes.size())) return false;
        put(bytes);
        return true;
    }

    /// Steps over bytes in front, of which views are given out.
    void consume(std::size_t size) noexcept {
        assert(size <= this->size());
        first_ += size;
        viewed_ = true;
    }

    /// All views die, and the bytes with them.
    void clear() noexcept {
        first_ = last_ = 0;
        start(0);
    }

private:
    static constexpr std::size_t small_block = 64 * 1024;
    static constexpr std::size_t smallest = 1024;

    void swap(receive_buffer& other) noexcept {
        using std::swap;
        swap(block_, other.block_);
        swap(retired_, other.retired_);
        swap(capacity_, other.capacity_);
        swap(first_, other.first_);
        swap(last_, other.last_);
        swap(prepared_, other.prepared_);
        swap(needed_, other.needed_);
        swap(viewed_, other.viewed_);
        swap(unneeded_, other.unneeded_);
    }

    /// The bytes that cannot be written over now, when bytes() stays where it is.
    [[nodiscard]] std::size_t pinned() const noexcept { return viewed_ ? last_ : size(); }

    [[nodiscard]] bool fits(std::size_t size) const noexcept { return capacity_ - last_ >= size; }

    void move_to_front() noexcept {
        if (!empty()) std::memmove(block_.get(), block_.get() + first_, size());
        last_ -= std::exchange(first_, 0);
    }

    /// The size of a block for `size` more bytes: twice what it is to hold, so that growing is
    /// linear in all. Beside a block that is viewed, and so stays, it is no more than needed.
    [[nodiscard]] std::size_t grown(std::size_t size) const noexcept {
        if (!viewed_) return (std::max)(2 * (this->size() + size), smallest);
        return (std::max)(this->size() + size, (std::min)(2 * (last_ + size), small_block / 2));
    }

    /// Moves bytes() to a new block. The old one lives on while it is viewed.
    bool replace(std::byte* block, std::size_t capacity) noexcept {
        if (block == nullptr) return false;
        if (!empty()) std::memcpy(block, block_.get() + first_, size());
        last_ -= std::exchange(first_, 0);
        if (viewed_) {
            // A loop gives out views of the block it begins with and of the one it grows to.
            assert(!retired_.back());
            retired_.back() = std::exchange(retired_.front(), std::move(block_));
            viewed_ = false;
        }
        block_.reset(block);
        capacity_ = capacity;
        return true;
    }

    void put(std::span<const std::byte> bytes) noexcept {
        if (!bytes.empty()) std::memcpy(block_.get() + last_, bytes.data(), bytes.size());
        last_ += bytes.size();
        note_need();
    }

    void note_need() noexcept { needed_ = (std::max)(needed_, pinned()); }

    std::unique_ptr<std::byte[]> block_;
    std::array<std::unique_ptr<std::byte[]>, 2> retired_; // blocks of which only views are left
    std::size_t capacity_ = 0;
    std::size_t first_ = 0;
    std::size_t last_ = 0;
    std::size_t prepared_ = 0; // room given out and not committed yet
    std::size_t needed_ = 0;   // the most that had to be held since start
    bool viewed_ = false;      // views of block_ are out
    bool unneeded_ = false;    // at the last start the block was larger than needed
};

} // namespace framing::inline v0::detail
