// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/bare_head.hpp>
#include <framing/detail/frames/judge.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace framing::inline v0::detail {

/// Follows a stream from frame to frame and judges each part of a frame once. Holds no bytes: it
/// looks at windows, each of which begins with the first byte of the frame at hand.
class frame_parser {
public:
    explicit frame_parser(const limits& limits) noexcept
        : judge_(limits), bare_limit_(bare_body_limit(limits)) {}

    [[nodiscard]] const fault& error() const noexcept { return judge_.error(); }
    [[nodiscard]] const limits& bounds() const noexcept { return judge_.bounds(); }

    /// Applies to what is not judged yet.
    void set_bounds(const limits& limits) noexcept {
        judge_.set_bounds(limits);
        bare_limit_ = bare_body_limit(limits);
    }

    /// Judges what `window` shows beyond what is known.
    ///
    /// Returns: whether prefix and header are there and good; `header`, the same object for all
    /// windows of a frame, is then set.
    template <class Header>
    FRAMING_ALWAYS_INLINE bool look(std::span<const std::byte> window, Header& header) {
        return look(window, header, bounds().max_body_size);
    }
    template <class Header>
    FRAMING_ALWAYS_INLINE bool look(std::span<const std::byte> window, Header& header,
                                    std::uint64_t max_body_size) {
        if (error()) return false;
        if (head_size_ != 0) return true;
        if (window.size() < needed_) return false;
        if (is_at_start()) {
            const std::uint32_t size = load_prefix(window.template first<prefix_size>());
            if (!judge_.accept_length(size)) return false;
            needed_ += size;
            if (window.size() < needed_) return false;
        }
        return judge_header(window, header, max_body_size);
    }

    /// As look, for a header that says nothing but the size of the body, as senders with nothing
    /// else to say send them by the million. False says only that it needs the other look.
    FRAMING_ALWAYS_INLINE bool look_bare(std::span<const std::byte> window,
                                         header_view& header) noexcept {
        if (window.size() < bare_head_reach || !is_at_start() || error()) return false;
        const char* const start = reinterpret_cast<const char*>(window.data());
        const bare_head head = read_bare_head(start);
        if (head.size == 0 || head.body_size > bare_limit_) return false;
        header = header_view_access::make_bare({start + prefix_size, head.size - prefix_size},
                                               head.body_size);
        head_size_ = head.size;
        body_size_ = head.body_size;
        needed_ = std::uint64_t{head.size} + head.body_size;
        return true;
    }

    /// Whether prefix and header of the frame at hand are known.
    [[nodiscard]] bool has_head() const noexcept { return head_size_ != 0; }

    /// Their size, and that of the body of the last frame whose header was good.
    [[nodiscard]] std::size_t head_size() const noexcept { return head_size_; }
    [[nodiscard]] std::uint64_t body_size() const noexcept { return body_size_; }

    /// How long a window has to be to show more; once the head is known, to show the whole frame.
    [[nodiscard]] std::uint64_t needed() const noexcept { return needed_; }

    /// Whether nothing of the frame at hand is known.
    [[nodiscard]] bool is_at_start() const noexcept { return needed_ == prefix_size; }

    /// The frame at hand is over.
    void pass() noexcept {
        judge_.pass(head_size_ + body_size_);
        start_frame();
    }

    /// The stream goes on behind `size` bytes of which nothing is known.
    void skip(std::uint64_t size) noexcept {
        judge_.skip(size);
        start_frame();
    }

    /// The stream ended `had` bytes into the frame at hand, of which all was looked at.
    void end(std::uint64_t had) noexcept {
        if (error()) return;
        if (head_size_ != 0)
            judge_.truncated(frame_part::body, body_size_, had - head_size_);
        else if (is_at_start())
            judge_.truncated(frame_part::length, prefix_size, had);
        else
            judge_.truncated(frame_part::header, needed_ - prefix_size, had - prefix_size);
    }

    /// The frame was to be all of a datagram, which has `size` bytes.
    void trailing(std::uint64_t size) noexcept { judge_.trailing(needed_, size); }

    void out_of_memory() noexcept { judge_.out_of_memory(); }

    /// Takes back `body_too_large`: the body is skipped on purpose.
    void pardon() noexcept { judge_.pardon(); }

    /// Starts a new stream.
    void reset() noexcept { *this = frame_parser(bounds()); }

private:
    template <class Header>
    FRAMING_ALWAYS_INLINE bool judge_header(std::span<const std::byte> window, Header& header,
                                            std::uint64_t max_body_size) {
        const auto head_size = static_cast<std::size_t>(needed_);
        const std::size_t size = head_size - prefix_size;
        bool fits = false;
        const header_scan scan =
            read_header(as_text(window.subspan(prefix_size, size)), window.size() - head_size,
                        bounds().max_depth, header, fits);
        if (!judge_.accept_header(scan, size)) return false;
        head_size_ = head_size;
        body_size_ = scan.body_size();
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        needed_ += std::min(body_size_, most - needed_);
        if (!judge_.accept_body(body_size_, max_body_size)) return false;
        if (!fits) judge_.refuse(size, why_not<Header>(window.subspan(prefix_size, size)));
        return fits;
    }

    void start_frame() noexcept {
        head_size_ = 0;
        needed_ = prefix_size;
    }

    judge judge_;
    std::uint32_t bare_limit_;  // the largest body of a bare head that needs no other look
    std::size_t head_size_ = 0; // prefix and header; 0 while unknown
    std::uint64_t body_size_ = 0;
    std::uint64_t needed_ = prefix_size;
};

} // namespace framing::inline v0::detail
