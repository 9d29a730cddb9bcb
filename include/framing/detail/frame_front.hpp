// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/bare_head.hpp>
#include <framing/detail/judge.hpp>
#include <framing/detail/scan_header.hpp>
#include <framing/detail/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

namespace framing::inline v0::detail {

/// The frame at the front of a stream, judged as far as it is there, each part once.
template <class Header>
class frame_front {
public:
    explicit frame_front(const limits& limits) noexcept(
        std::is_nothrow_default_constructible_v<Header>)
        : judge_(limits), bare_limit_(bare_body_limit(limits)) {}

    [[nodiscard]] const fault& error() const noexcept { return judge_.error(); }
    [[nodiscard]] const limits& bounds() const noexcept { return judge_.bounds(); }

    /// Applies to what is not judged yet.
    void set_bounds(const limits& limits) noexcept {
        judge_.set_bounds(limits);
        bare_limit_ = bare_body_limit(limits);
    }

    /// The frame last delivered, until more is judged.
    [[nodiscard]] frame<Header>& delivered() noexcept { return frame_; }

    /// How many of its bytes are needed to say more of it.
    [[nodiscard]] std::size_t needed() const noexcept { return needed_; }

    /// Whether nothing of it has been judged.
    [[nodiscard]] bool is_untouched() const noexcept { return needed_ == prefix_size; }

    /// Judges what `bytes`, the stream from here on, show beyond what is known.
    FRAMING_ALWAYS_INLINE bool is_whole(std::span<const std::byte> bytes) {
        if (head_size_ == 0 && !judge_head(bytes)) return false;
        return bytes.size() >= needed_;
    }

    /// The frame is whole at the front of `bytes`: hands it out, and goes on with the next.
    void deliver(std::span<const std::byte> bytes) noexcept {
        frame_.body = bytes.subspan(head_size_, needed_ - head_size_);
        // The text may have moved since it was judged.
        if constexpr (std::same_as<Header, header_view>)
            header_view_access::move_text(frame_.header,
                                          as_text(bytes.subspan(prefix_size)).data());
        judge_.pass(needed_);
        start_frame();
    }

    /// is_whole and deliver at once, of an untouched frame with a bare head. `at` is good for
    /// `available` bytes, and those for bare_head_reach.
    ///
    /// Returns: its size, or 0.
    FRAMING_ALWAYS_INLINE std::size_t deliver_bare(const std::byte* at,
                                                   std::size_t available) noexcept {
        const bare_head head = read_head(at);
        const std::size_t size = std::size_t{head.size} + head.body_size;
        if (head.size == 0) return 0;
        if (size > available) {
            head_size_ = head.size;
            needed_ = size;
            return 0;
        }
        frame_.body = {at + head.size, head.body_size};
        judge_.pass(size);
        return size;
    }

    /// The stream ends behind `rest`.
    void finish(std::span<const std::byte> rest) {
        if (error() || rest.empty() || is_whole(rest) || error()) return;
        if (rest.size() < prefix_size)
            judge_.truncated(frame_part::length, prefix_size, rest.size());
        else if (head_size_ == 0)
            judge_.truncated(frame_part::header, needed_ - prefix_size, rest.size() - prefix_size);
        else
            judge_.truncated(frame_part::body, needed_ - head_size_, rest.size() - head_size_);
    }

    /// The stream from here on is another than was judged.
    void forget() noexcept { start_frame(); }

    void out_of_memory() noexcept { judge_.out_of_memory(); }

    /// Starts a new stream.
    void reset() noexcept {
        judge_ = judge(bounds());
        start_frame();
    }

private:
    /// Returns: whether prefix and header are there and good; then frame_.header is set.
    FRAMING_ALWAYS_INLINE bool judge_head(std::span<const std::byte> bytes) {
        if constexpr (std::same_as<Header, header_view>)
            if (judge_bare_head(bytes)) return true;
        if (bytes.size() < prefix_size) return false;
        const std::uint32_t size = load_prefix(bytes.template first<prefix_size>());
        if (!judge_.accept_length(size)) return false;
        if (bytes.size() - prefix_size < size) {
            needed_ = prefix_size + size;
            return false;
        }
        const std::string_view text = as_text(bytes.subspan(prefix_size, size));
        const std::size_t slack = bytes.size() - prefix_size - size;
        bool fits = false;
        const header_scan scan = read_header(text, slack, bounds().max_depth, frame_.header, fits);
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
        if (!judge_.accept_header(scan, size)) return false;
        if (!judge_.accept_body(scan.body_size(), most)) return false;
        if (!fits) {
            judge_.mismatch(size);
            return false;
        }
        head_size_ = prefix_size + size;
        needed_ = head_size_ + static_cast<std::size_t>(scan.body_size());
        return true;
    }

    /// As judge_head, for a bare head.
    FRAMING_ALWAYS_INLINE bool judge_bare_head(std::span<const std::byte> bytes) noexcept {
        if (bytes.size() < bare_head_reach) return false;
        const bare_head head = read_head(bytes.data());
        if (head.size == 0) return false;
        head_size_ = head.size;
        needed_ = std::size_t{head.size} + head.body_size;
        return true;
    }

    /// Reads a bare head within the limits into frame_.header.
    FRAMING_ALWAYS_INLINE bare_head read_head(const std::byte* at) noexcept {
        const char* const start = reinterpret_cast<const char*>(at);
        const bare_head head = read_bare_head(start);
        if (head.size == 0 || head.body_size > bare_limit_) return {};
        frame_.header = header_view_access::make_bare(
            {start + prefix_size, head.size - prefix_size}, head.body_size);
        return head;
    }

    void start_frame() noexcept {
        head_size_ = 0;
        needed_ = prefix_size;
    }

    judge judge_;
    std::uint32_t bare_limit_; // the largest body of a bare head that needs no closer look
    frame<Header> frame_;
    std::size_t head_size_ = 0; // prefix and header; 0 while unjudged
    std::size_t needed_ = prefix_size;
};

} // namespace framing::inline v0::detail
