// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/shared_frames.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framing::inline v0 {

/// How many bytes may wait to be sent.
struct send_marks {
    /// From here on whoever writes should wait until less is queued; 0 is as 1.
    std::size_t high = 256 * 1024;

    /// `post` never goes above it.
    std::size_t hard = 1024 * 1024;
};

/// What waits to be written to one stream. Does no I/O: its owner asks `next` what to write and
/// says with `sent` what has left.
///
///     queue.post(encoder, {{"type", "tick"}}, "");
///     while (!queue.empty()) queue.sent(writev(fd, queue.next()));
///
/// Frames leave whole, one after the other, in the order in which they were queued, so that a
/// stream with one queue can never mix two of them. Distinct objects may be used from distinct
/// threads; one object may not.
///
/// Invalidates: `next`, `sent`, `shrink` and a move end the pieces that `next` gave.
class send_queue {
public:
    /// One write is given at most this many pieces, ...
    static constexpr std::size_t most_pieces = 64;
    /// ... and this many bytes: more of them fall out of the cache on their way.
    static constexpr std::size_t most_bytes = 256 * 1024;

    /// With the default marks.
    send_queue() noexcept : send_queue(send_marks{}) {}
    /// With other ones.
    explicit send_queue(const send_marks& marks) noexcept
        : marks_{(std::max)(marks.high, std::size_t{1}), marks.hard} {}

    /// The bytes that have not left yet.
    [[nodiscard]] std::size_t size() const noexcept {
        return waiting_.size + held_.size + sending_.size - sent_;
    }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// How many it holds in memory of its own: none that other queues share, but also those that
    /// have left before others of their batch.
    [[nodiscard]] std::size_t own_size() const noexcept {
        return waiting_.bytes.size() + held_.bytes.size() + sending_.bytes.size();
    }

    /// Those of them that do not wait for the end of a body.
    [[nodiscard]] std::size_t sendable() const noexcept { return size() - held_.size; }

    /// Whether so little is queued that a writer need not wait.
    [[nodiscard]] bool has_room() const noexcept { return size() < marks_.high; }
    /// As above, for the writer of a body, whose end others may wait for.
    [[nodiscard]] bool has_room_for_body() const noexcept { return sendable() < marks_.high; }

    /// Queues one frame of any size, if the hard mark has not been passed yet: for a writer that
    /// then waits for `has_room`.
    ///
    /// Returns: what the encoder says, or std::errc::no_buffer_space, and then nothing is queued.
    /// Throws: std::bad_alloc, or what the header type throws, and then nothing is queued.
    template <class Header, class Format>
    [[nodiscard]] std::error_code write(encoder<Header, Format>& encoder, const Header& header,
                                        byte_view body) {
        if (size() > marks_.hard) return full();
        return open_batch().append(
            [&](std::string& out) { return encoder.encode(header, body, out); });
    }

    /// Queues one frame, or nothing of it if that would pass the hard mark: for a sender that
    /// cannot wait. What it returns and throws is as for `write`.
    template <class Header, class Format>
    [[nodiscard]] std::error_code post(encoder<Header, Format>& encoder, const Header& header,
                                       byte_view body) {
        const std::size_t room = marks_.hard - (std::min)(marks_.hard, size());
        return open_batch().append([&](std::string& out) -> std::error_code {
            const std::size_t before = out.size();
            if (const auto error = encoder.encode(header, body, out)) return error;
            if (out.size() - before <= room) return {};
            out.resize(before);
            return full();
        });
    }

    /// As above, for frames that other queues share. What lies behind the last ones lengthens their
    /// piece.
    [[nodiscard]] std::error_code post(const shared_frames& frames) {
        if (marks_.hard < size() || marks_.hard - size() < frames.bytes.size()) return full();
        open_batch().append(frames);
        return {};
    }

    /// Queues prefix and header of a frame whose `body_size` bytes of body follow by `write_body`.
    /// Other frames queued before the body is complete leave after it.
    ///
    /// What it returns and throws is as for `write`; also std::errc::operation_in_progress while
    /// the last body is not complete.
    template <class Header, class Format>
    [[nodiscard]] std::error_code write_head(encoder<Header, Format>& encoder, const Header& header,
                                             std::uint64_t body_size) {
        if (body_left_ != 0) return std::make_error_code(std::errc::operation_in_progress);
        if (size() > marks_.hard) return full();
        const std::error_code error = waiting_.append(
            [&](std::string& out) { return encoder.encode_head(header, body_size, out); });
        if (!error) body_left_ = body_size;
        return error;
    }

    /// Queues the next piece of a body.
    ///
    /// Returns: success; or std::errc::invalid_argument for more than body_left(), or
    /// no_buffer_space, and then nothing is queued.
    /// Throws: std::bad_alloc, and then nothing is queued.
    [[nodiscard]] std::error_code write_body(byte_view bytes) {
        if (bytes.size() > body_left_) return std::make_error_code(std::errc::invalid_argument);
        if (sendable() > marks_.hard) return full();
        append_body(bytes.bytes());
        return {};
    }

    /// As above, whatever the marks say, of a piece whose first `sent` bytes have left already.
    /// Pre: it is no more than body_left(), and nothing was queued before what has left.
    void write_rest(std::span<const std::byte> piece, std::size_t sent) {
        assert(piece.size() <= body_left_ && (sent == 0 || sendable() == 0) && "not next");
        body_left_ -= sent;
        append_body(piece.subspan(sent));
    }

    /// How much of a body is still to be queued.
    [[nodiscard]] std::uint64_t body_left() const noexcept { return body_left_; }

    /// The pieces to be written next, in one gathered write; none when the queue is empty. They
    /// live until `next`, `sent` or `shrink`; frames may be queued meanwhile.
    ///
    /// Throws: std::bad_alloc, and then nothing has changed.
    [[nodiscard]] std::span<const std::span<const std::byte>> next() {
        if (sending_.size == 0) sending_.swap(waiting_);
        pieces_.clear();
        pieces_.reserve((std::min)(most_pieces, sending_.segments.size() - at_.segment));
        std::size_t room = most_bytes;
        place at = at_;
        while (at.segment != sending_.segments.size() && pieces_.size() != most_pieces &&
               room != 0) {
            const segment& next = sending_.segments[at.segment];
            const std::span<const std::byte> bytes =
                next.owner ? std::span(next.shared, next.size)
                           : std::as_bytes(std::span(sending_.bytes).subspan(at.own, next.size));
            pieces_.push_back(bytes.subspan(at.sent, (std::min)(next.size - at.sent, room)));
            room -= pieces_.back().size();
            at.step_over(next);
        }
        return pieces_;
    }

    /// The first `size` bytes of what `next` gave have left.
    void sent(std::size_t size) noexcept {
        assert(size <= sending_.size - sent_ && "more has left than was there");
        sent_ += size;
        at_.sent += size;
        while (at_.segment != sending_.segments.size() &&
               at_.sent >= sending_.segments[at_.segment].size) {
            segment& done = sending_.segments[at_.segment];
            const std::size_t beyond = at_.sent - done.size;
            at_.step_over(done);
            at_.sent = beyond;
            done.owner.reset();
        }
        if (sent_ != sending_.size) return;
        sending_.clear();
        sent_ = 0;
        at_ = {};
    }

    /// Gives back memory that is not in use.
    void shrink() noexcept {
        if (sending_.size == 0) sending_ = {};
        if (waiting_.size == 0) waiting_ = {};
        if (held_.size == 0) held_ = {};
        std::vector<std::span<const std::byte>>().swap(pieces_);
    }

private:
    /// What is shared with others, or the next `size` of a batch's own bytes.
    struct segment {
        std::shared_ptr<const void> owner; // null of own bytes
        std::size_t size;
        const std::byte* shared;
    };

    struct batch {
        /// An empty batch keeps room for so many: a crowd of idle queues should cost little.
        static constexpr std::size_t most_segments = 2 * most_pieces;

        std::string bytes; // of the frames that nobody shares
        std::vector<segment> segments;
        std::size_t size = 0;

        /// Appends what `encode` appends to its own bytes.
        template <class Encode>
        std::error_code append(Encode encode) {
            reserve_segment();
            const std::size_t before = bytes.size();
            if (const std::error_code error = encode(bytes)) return error;
            const std::size_t added = bytes.size() - before;
            if (added != 0 && (segments.empty() || segments.back().owner))
                segments.push_back({nullptr, added, nullptr});
            else if (added != 0)
                segments.back().size += added;
            size += added;
            return {};
        }

        void append(const shared_frames& frames) {
            const auto [data, added] = std::pair(frames.bytes.data(), frames.bytes.size());
            if (added == 0) return;
            if (!segments.empty() && segments.back().owner == frames.owner &&
                segments.back().shared + segments.back().size == data) {
                segments.back().size += added;
            } else {
                reserve_segment();
                segments.push_back({frames.owner, added, data});
            }
            size += added;
        }

        /// Makes sure that `added` bytes and another batch can be appended.
        void reserve(std::size_t added, const batch& other) {
            bytes.reserve(bytes.size() + added + other.bytes.size());
            segments.reserve(segments.size() + 1 + other.segments.size());
        }
        void append(batch& other) noexcept {
            bytes += other.bytes;
            std::move(other.segments.begin(), other.segments.end(), std::back_inserter(segments));
            size += other.size;
            other.clear();
        }

        void swap(batch& other) noexcept {
            if (!bytes.empty() || !other.bytes.empty()) bytes.swap(other.bytes);
            segments.swap(other.segments);
            std::swap(size, other.size);
        }

        void clear() noexcept {
            bytes.clear();
            segments.clear();
            if (segments.capacity() > most_segments) std::vector<segment>().swap(segments);
            size = 0;
        }

    private:
        /// First, so that nothing after it can fail.
        void reserve_segment() {
            if (segments.size() == segments.capacity()) segments.reserve(2 * segments.size() + 1);
        }
    };

    /// How far a batch has left.
    struct place {
        std::size_t segment = 0; // the first that has not left whole
        std::size_t own = 0;     // where that is in the batch's own bytes
        std::size_t sent = 0;    // how much of it has left

        void step_over(const send_queue::segment& over) noexcept {
            ++segment;
            if (!over.owner) own += over.size;
            sent = 0;
        }
    };

    static std::error_code full() noexcept {
        return std::make_error_code(std::errc::no_buffer_space);
    }

    void append_body(std::span<const std::byte> bytes) {
        const bool complete = bytes.size() == body_left_;
        if (complete) waiting_.reserve(bytes.size(), held_);
        static_cast<void>(waiting_.append([bytes](std::string& out) {
            out.append(as_text(bytes));
            return std::error_code();
        }));
        body_left_ -= bytes.size();
        if (complete) waiting_.append(held_);
    }

    /// Where a frame goes that is queued now.
    [[nodiscard]] batch& open_batch() noexcept { return body_left_ == 0 ? waiting_ : held_; }

    send_marks marks_;
    batch sending_;        // what `next` gives, as far as it has not left
    batch waiting_;        // what comes after it
    batch held_;           // what comes after the body at hand
    std::size_t sent_ = 0; // of sending_
    place at_;
    std::uint64_t body_left_ = 0;
    std::vector<std::span<const std::byte>> pieces_;
};

} // namespace framing::inline v0
