// SPDX-License-Identifier: MIT
#pragma once

#include <framing/wire.hpp>

#include "support/stream.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bench {

/// How many bytes a frame needs: to be whole, or only to say more.
struct extent {
    std::size_t size;
    bool whole;
};

/// The extent of a frame that is a length and as many bytes.
[[nodiscard]] inline extent u32_extent(bytes_view bytes) noexcept {
    if (bytes.size() < framing::prefix_size) return {framing::prefix_size, false};
    return {framing::prefix_size + framing::load_prefix(bytes.first<framing::prefix_size>()), true};
}

/// The least a reassembler can do: a frame that lies whole in a chunk is a view of it, and only one
/// that straddles two is carried. It knows no limits and no errors.
class view_reassembler {
public:
    /// `measure(bytes)` returns the extent of the frame at their front; `use(frame)` is given it.
    template <class Measure, class Use>
    void feed(bytes_view input, Measure measure, Use use) {
        if (!carry_.empty()) {
            for (;;) {
                const std::size_t part = std::min(needed_.size - carry_.size(), input.size());
                carry_.insert(carry_.end(), input.begin(), input.begin() + static_cast<long>(part));
                input = input.subspan(part);
                if (carry_.size() < needed_.size) return;
                if (needed_.whole) break;
                needed_ = measure(bytes_view(carry_));
            }
            use(bytes_view(carry_));
            carry_.clear();
        }
        while (!input.empty()) {
            const extent frame = measure(input);
            if (!frame.whole || input.size() < frame.size) {
                needed_ = frame;
                carry_.assign(input.begin(), input.end());
                return;
            }
            use(input.first(frame.size));
            input = input.subspan(frame.size);
        }
    }

private:
    std::vector<std::byte> carry_;
    extent needed_{};
};

} // namespace bench
