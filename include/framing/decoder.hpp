// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/frames/frame_parser.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/limits.hpp>

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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
    /// `error()` says what is wrong with the stream. Comes again at each call, so leave the loop.
    error,
};

/// Turns a byte stream, in pieces of any size, into events. Does no I/O, holds at most one header
/// and never a byte of a body, so that a body may be larger than memory.
///
///     decoder<> decoder{{.max_body_size = 1ull << 40}};
///     for (event e; (e = decoder.next(input)) != event::need_more;)
///         switch (e) {
///         case event::header: open(decoder.header(), decoder.body_size()); break;
///         case event::body: write(decoder.body()); break;
///         case event::end: close(); break;
///         case event::error: return fail(decoder.error());
///         }
///
/// Ask until `need_more`, not until the input is empty: an `end` needs no input.
///
/// The first violation is final. Distinct objects may be used from distinct threads; one object
/// may not. Moving in mid-frame works; the source is then as new.
///
/// Invalidates: `next` after a frame's end, `reset` and a move end what `header` gave.
template <class Header = nlohmann::json, wire_format Format = formats::standard>
class decoder {
public:
    /// With the default limits.
    decoder() noexcept(std::is_nothrow_default_constructible_v<Header>) : decoder(limits{}) {}
    /// With other ones.
    explicit decoder(const limits& limits) noexcept(std::is_nothrow_default_constructible_v<Header>)
        : parser_(limits) {}

    /// Goes on where `other` was, with all that it holds.
    decoder(decoder&& other) noexcept(nothrow_swappable) : decoder(other.parser_.bounds()) {
        swap(other);
    }
    /// Likewise.
    decoder& operator=(decoder&& other) noexcept(nothrow_swappable) {
        decoder taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~decoder() = default;

    /// Takes bytes from the front of `input` until something is found. Returns: what that is.
    ///
    /// Throws: std::bad_alloc, or what the header type throws; the bytes of the header at hand are
    /// then kept, and the call can be repeated with what is left of `input`.
    [[nodiscard]] event next(std::span<const std::byte>& input) {
        if (parser_.error()) return event::error;
        if (has_passed_) start_frame();
        if (!parser_.has_head()) return take_head(input);
        if (left_ != 0 && !input.empty()) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            body_ = input.first(size);
            input = input.subspan(size);
            left_ -= size;
            if (!skipping_) return event::body;
        }
        if (left_ != 0) return event::need_more;
        parser_.pass();
        has_passed_ = true;
        return event::end;
    }

    /// The header of the frame at hand, from its `header` event to the call after its `end`, and
    /// after `body_too_large`, where it can be read. A header_view lives as long.
    [[nodiscard]] const Header& header() const noexcept { return header_; }

    /// The size that the header gives the body.
    [[nodiscard]] std::uint64_t body_size() const noexcept { return parser_.body_size(); }

    /// The piece that the last `body` event was about; lives as long as the input it is a view of.
    [[nodiscard]] std::span<const std::byte> body() const noexcept { return body_; }

    /// Drops what is left of the body at hand: no more `body` events, then `end`.
    ///
    /// Also after the error `body_too_large`, which it takes back: the size of what is not wanted
    /// is known, so that the stream can go on behind it.
    void skip_body() noexcept {
        if (parser_.error() == errc::body_too_large) {
            parser_.pardon();
            left_ = parser_.body_size();
        }
        skipping_ = parser_.has_head();
    }

    /// Says that the stream has ended: inside a frame that is the fault `truncated`. Returns:
    /// error().
    const fault& finish() noexcept {
        if (left_ != 0)
            parser_.end(head_.size() + (parser_.body_size() - left_));
        else if (!head_.empty() && !parser_.has_head() && !has_passed_)
            parser_.end(head_.size());
        return parser_.error();
    }

    /// What is wrong with the stream; false when nothing is.
    [[nodiscard]] const fault& error() const noexcept { return parser_.error(); }

    /// Starts a new stream, under the same limits.
    void reset() noexcept {
        parser_.reset();
        body_ = {};
        start_frame();
    }

private:
    static constexpr bool nothrow_swappable =
        std::is_nothrow_default_constructible_v<Header> && std::is_nothrow_swappable_v<Header>;

    void swap(decoder& other) noexcept(nothrow_swappable) {
        using std::swap;
        swap(parser_, other.parser_);
        swap(head_, other.head_);
        swap(header_, other.header_);
        swap(skipping_, other.skipping_);
        swap(has_passed_, other.has_passed_);
        swap(left_, other.left_);
        swap(body_, other.body_);
    }

    void start_frame() noexcept {
        head_.clear();
        left_ = 0;
        skipping_ = false;
        has_passed_ = false;
    }

    /// Moves to head_ what the parser needs, until it knows prefix and header.
    event take_head(std::span<const std::byte>& input) {
        do {
            const auto missing = static_cast<std::size_t>(parser_.needed()) - head_.size();
            const std::span<const std::byte> part = input.first((std::min)(missing, input.size()));
            head_.insert(head_.end(), part.begin(), part.end());
            input = input.subspan(part.size());
            if (parser_.look(std::span<const std::byte>(head_), header_)) {
                left_ = parser_.body_size();
                return event::header;
            }
            if (parser_.error()) return event::error;
        } while (!input.empty());
        return event::need_more;
    }

    detail::frame_parser<Format> parser_;
    std::vector<std::byte> head_; // prefix and header, as far as they have come
    Header header_{};
    std::uint64_t left_ = 0; // of the body
    bool skipping_ = false;
    bool has_passed_ = false; // the end of the frame that the head is of
    std::span<const std::byte> body_;
};

} // namespace framing::inline v0
