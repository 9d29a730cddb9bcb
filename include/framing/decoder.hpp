// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/judge.hpp>
#include <framing/detail/scan_header.hpp>
#include <framing/detail/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace framing::inline v0 {

/// What a decoder has found.
enum class event {
    /// The input is used up, and nothing is due.
    need_more,
    /// A header: `header()` and `body_size()` are set.
    header,
    /// A piece of the body: `body()` is a view of the input.
    body,
    /// The frame is over.
    end,
    /// `error()` says what is wrong with the stream. Comes again at each call.
    error,
};

/// Turns a byte stream, in pieces of any size, into events. Does no I/O, holds at most one header
/// and never a byte of a body, so that a body may be larger than memory.
///
///     decoder<> decoder{{.max_body_size = 1ull << 40}};
///     for (event e; (e = decoder.next(input)) != event::need_more;)
///         switch (e) { ... }
///
/// Ask until `need_more`, not until the input is empty: an `end` needs no input.
///
/// The first violation is final. Distinct objects may be used from distinct threads; one object
/// may not. Moving in mid-frame works; the source is then as new.
template <class Header = nlohmann::json>
class decoder {
public:
    decoder() noexcept(std::is_nothrow_default_constructible_v<Header>) : decoder(limits{}) {}
    explicit decoder(const limits& limits) noexcept(std::is_nothrow_default_constructible_v<Header>)
        : judge_(limits) {}

    decoder(decoder&& other) noexcept(nothrow_swappable) : decoder(other.judge_.bounds()) {
        swap(other);
    }
    decoder& operator=(decoder&& other) noexcept(nothrow_swappable) {
        decoder taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~decoder() = default;

    /// Takes bytes from the front of `input` until something is found.
    ///
    /// Throws: std::bad_alloc; the bytes of the header at hand are then kept, and the call can be
    /// repeated with what is left of `input`.
    [[nodiscard]] event next(std::span<const std::byte>& input) {
        if (judge_.error()) return event::error;
        if (state_ == state::head) return take_head(input);
        if (left_ != 0 && !input.empty()) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            body_ = input.first(size);
            input = input.subspan(size);
            left_ -= size;
            if (!skipping_) return event::body;
        }
        if (left_ != 0) return event::need_more;
        judge_.pass(head_.size() + body_size_);
        start_frame();
        return event::end;
    }

    /// The header of the frame at hand, from its `header` event to its `end`, and after
    /// `body_too_large`, where it can be read. A header_view lives as long.
    [[nodiscard]] const Header& header() const noexcept { return header_; }

    /// The size that the header gives the body.
    [[nodiscard]] std::uint64_t body_size() const noexcept { return body_size_; }

    /// The piece that the last `body` event was about; lives as long as the input it is a view of.
    [[nodiscard]] std::span<const std::byte> body() const noexcept { return body_; }

    /// Drops what is left of the body at hand: no more `body` events, then `end`.
    ///
    /// Also after the error `body_too_large`, which it takes back: the size of what is not wanted
    /// is known, so that the stream can go on behind it.
    void skip_body() noexcept {
        if (judge_.error() == errc::body_too_large) {
            judge_.pardon();
            state_ = state::body;
            left_ = body_size_;
        }
        skipping_ = state_ == state::body;
    }

    /// Says that the stream has ended: inside a frame that is the fault `truncated`.
    const fault& finish() noexcept {
        if (judge_.error()) return judge_.error();
        if (state_ == state::body) {
            if (left_ != 0) judge_.truncated(frame_part::body, body_size_, body_size_ - left_);
        } else if (!head_.empty()) {
            if (head_.size() < prefix_size)
                judge_.truncated(frame_part::length, prefix_size, head_.size());
            else
                judge_.truncated(frame_part::header, wanted() - prefix_size,
                                 head_.size() - prefix_size);
        }
        return judge_.error();
    }

    /// What is wrong with the stream; false when nothing is.
    [[nodiscard]] const fault& error() const noexcept { return judge_.error(); }

    /// Starts a new stream.
    void reset() noexcept {
        judge_ = detail::judge(judge_.bounds());
        body_size_ = left_ = 0;
        body_ = {};
        start_frame();
    }

private:
    enum class state { head, body };

    static constexpr bool nothrow_swappable =
        std::is_nothrow_default_constructible_v<Header> && std::is_nothrow_swappable_v<Header>;

    void swap(decoder& other) noexcept(nothrow_swappable) {
        using std::swap;
        swap(judge_, other.judge_);
        swap(head_, other.head_);
        swap(header_, other.header_);
        swap(state_, other.state_);
        swap(skipping_, other.skipping_);
        swap(body_size_, other.body_size_);
        swap(left_, other.left_);
        swap(body_, other.body_);
    }

    void start_frame() noexcept {
        state_ = state::head;
        skipping_ = false;
        head_.clear();
    }

    /// The bytes that prefix and header take, as far as they are known.
    [[nodiscard]] std::size_t wanted() const noexcept {
        if (head_.size() < prefix_size) return prefix_size;
        return prefix_size + load_prefix(std::span(head_).template first<prefix_size>());
    }

    event take_head(std::span<const std::byte>& input) {
        if (!collect(input)) return event::need_more; // the length
        if (!judge_.accept_length(wanted() - prefix_size)) return event::error;
        if (!collect(input)) return event::need_more; // the header
        return judge_head() ? event::header : event::error;
    }

    /// Moves what is wanted from `input` to head_. Returns: whether it is all there.
    bool collect(std::span<const std::byte>& input) {
        const std::size_t missing = wanted() - head_.size();
        const std::span<const std::byte> part = input.first(std::min(missing, input.size()));
        head_.insert(head_.end(), part.begin(), part.end());
        input = input.subspan(part.size());
        return part.size() == missing;
    }

    bool judge_head() {
        const std::string_view text = as_text(std::span(head_).subspan(prefix_size));
        bool fits = false;
        const detail::header_scan scan =
            detail::read_header(text, 0, judge_.bounds().max_depth, header_, fits);
        if (!judge_.accept_header(scan, text.size())) return false;

        body_size_ = scan.body_size();
        if (!judge_.accept_body(body_size_)) return false;
        if (!fits) {
            judge_.mismatch(text.size());
            return false;
        }
        state_ = state::body;
        left_ = body_size_;
        return true;
    }

    detail::judge judge_;
    std::vector<std::byte> head_; // prefix and header, as far as they have come
    Header header_{};
    state state_ = state::head;
    bool skipping_ = false;
    std::uint64_t body_size_ = 0;
    std::uint64_t left_ = 0; // of the body
    std::span<const std::byte> body_;
};

} // namespace framing::inline v0
