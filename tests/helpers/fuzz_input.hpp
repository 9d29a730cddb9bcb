// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fuzz {

using bytes = std::span<const std::byte>;

/// The front of `input`, in a block of its own, so that a sanitizer sees a look past its end.
inline std::vector<std::byte> cut_off(bytes& input, std::size_t size) {
    const bytes piece = input.first(std::min(size, input.size()));
    input = input.subspan(piece.size());
    return {piece.begin(), piece.end()};
}

/// The input as a source of decisions; where it ends they are all 0.
class decisions {
public:
    explicit decisions(bytes input) noexcept : input_(input) {}

    [[nodiscard]] bool empty() const noexcept { return input_.empty(); }
    [[nodiscard]] bytes rest() const noexcept { return input_; }

    std::uint8_t byte() noexcept {
        if (input_.empty()) return 0;
        const auto first = std::to_integer<std::uint8_t>(input_.front());
        input_ = input_.subspan(1);
        return first;
    }
    std::uint64_t word() noexcept {
        std::uint64_t word = 0;
        for (int i = 0; i < 8; ++i) word = word << 8 | byte();
        return word;
    }
    /// Up to `size` bytes.
    bytes take(std::size_t size) noexcept {
        const bytes taken = input_.first(std::min(size, input_.size()));
        input_ = input_.subspan(taken.size());
        return taken;
    }

private:
    bytes input_;
};

} // namespace fuzz
