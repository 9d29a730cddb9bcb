// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/judge.hpp>
#include <framing/detail/frames/read_header.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace framing::inline v0::detail {

/// Follows a stream from frame to frame and judges each part of a frame once. Holds no bytes: it
/// looks at windows, each of which begins with the first byte of the frame at hand.
template <wire_format Format = formats::standard>
class frame_parser {
public:
    explicit frame_parser(const limits& limits) noexcept
        : judge_(limits), flat_limit_(flat_header_limit(limits)) {}

    [[nodiscard]] const fault& error() const noexcept { return judge_.error(); }
    [[nodiscard]] const limits& bounds() const noexcept { return judge_.bounds(); }

    /// Applies to what is not judged yet.
    void set_bounds(const limits& limits) noexcept {
        judge_.set_bounds(limits);
        flat_limit_ = flat_header_limit(limits);
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
        const bool fresh = is_at_start();
        if (fresh) {
            const std::uint32_t size =
                load_prefix(window.template first<prefix_size>(), Format::length_order);
            if (!judge_.accept_length(size, Format::length_order)) return false;
            needed_ += size;
            if (window.size() < needed_) return false;
        }
        return judge_header(window, header, max_body_size, fresh);
    }

    /// How large a head is, and the body behind it.
    struct extent {
        std::size_t head_size = 0;
        std::size_t body_size = 0;

        [[nodiscard]] explicit operator bool() const noexcept { return head_size != 0; }
        [[nodiscard]] std::size_t size() const noexcept { return head_size + body_size; }
    };

    /// As look, in one go, of a frame that is whole in `window` and has a flat header, as most
    /// have: of such a one nothing is kept, and pass(extent) goes on. Any other is left to look.
    template <class Header>
    [[nodiscard]] FRAMING_ALWAYS_INLINE extent look_whole(std::span<const std::byte> window,
                                                          Header& header,
                                                          std::uint64_t max_body_size) {
        static_assert(reads_flat<Header>);
        if (window.size() < prefix_size || !is_at_start() || error()) return {};
        const std::size_t size =
            load_prefix(window.template first<prefix_size>(), Format::length_order);
        const std::size_t rest = window.size() - prefix_size;
        if (size - 1 >= flat_limit_ || size > rest) return {};
        const auto* const start = reinterpret_cast<const char*>(window.data());
        const padded_text text{{start + prefix_size, size}, rest - size};
        std::uint64_t body_size = 0;
        if (!read_flat_header<Format>(text, header, body_size) || body_size > max_body_size) {
            needed_ += size; // so that look does not try the same again
            return {};
        }
        if (body_size > rest - size) {
            set_head(prefix_size + size, body_size);
            return {};
        }
        return {prefix_size + size, static_cast<std::size_t>(body_size)};
    }

    void pass(const extent& frame) noexcept { judge_.pass(frame.size()); }

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
                                            std::uint64_t max_body_size, bool fresh) {
        const auto head_size = static_cast<std::size_t>(needed_);
        const std::size_t size = head_size - prefix_size;
        const std::span<const std::byte> bytes = window.subspan(prefix_size, size);
        bool fits = false;
        const header_scan scan = read_header<Format>({as_text(bytes), window.size() - head_size},
                                                     bounds().max_depth, header, fits, fresh);
        if (!judge_.accept_header(scan, size)) return name_size(bytes);
        set_head(head_size, scan.body_size());
        if (!judge_.accept_body(body_size_, max_body_size)) return name_size(bytes);
        if (!fits) judge_.refuse(size, why_not<Header>(bytes));
        return fits;
    }

    /// A fault about a size under a name that not everybody knows says the name. Returns: false.
    bool name_size([[maybe_unused]] std::span<const std::byte> header) noexcept {
        if constexpr (!std::same_as<Format, formats::standard>)
            if (error() == errc::invalid_body_size || error() == errc::body_too_large)
                judge_.blame(size_key_in<Format>(as_text(header)));
        return false;
    }

    void set_head(std::size_t head_size, std::uint64_t body_size) noexcept {
        constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
        head_size_ = head_size;
        body_size_ = body_size;
        needed_ = head_size + (std::min)(body_size, most - head_size);
    }

    [[nodiscard]] static std::size_t flat_header_limit(const limits& limits) noexcept {
        return limits.max_depth == 0 ? 0 : limits.max_header_size;
    }

    void start_frame() noexcept {
        head_size_ = 0;
        needed_ = prefix_size;
    }

    judge judge_;
    std::size_t flat_limit_;    // the largest header that needs no other look
    std::size_t head_size_ = 0; // prefix and header; 0 while unknown
    std::uint64_t body_size_ = 0;
    std::uint64_t needed_ = prefix_size;
};

} // namespace framing::inline v0::detail
