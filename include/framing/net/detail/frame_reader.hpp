// SPDX-License-Identifier: MIT
#pragma once

#include <framing/decoder.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace framing::inline v0::net {

/// The beginning of a frame whose body is read as it comes.
template <class Header>
struct frame_head {
    Header header{};
    std::uint64_t body_size = 0;
};

namespace detail {

/// Whether a frame says only that its sender is still there.
template <class Header>
bool is_keep_alive(const Header& header, std::uint64_t body_size) {
    if (body_size != 0) return false;
    if constexpr (std::same_as<Header, header_view>)
        return header.text().find_first_not_of("{} \t\r\n") == std::string_view::npos;
    else if constexpr (requires { header.is_object(); })
        return header.empty();
    else
        return false;
}

/// The frames of one stream, each read whole or in pieces as its reader likes: a reassembler, and
/// a decoder that takes its bytes from there. Does no I/O. Keep-alives are left out.
///
/// What is not there is nothing until more bytes come, unless the stream has ended or violates the
/// format.
template <class Header>
class frame_reader {
public:
    frame_reader(const limits& allowed, std::uint64_t max_streamed_body)
        : allowed_(allowed), max_streamed_body_(max_streamed_body), incoming_(allowed) {}

    void set_limits(const limits& allowed) {
        allowed_ = allowed;
        incoming_.set_limits(allowed);
        if (streamed_) streamed_->outdated = true;
    }

    /// The next whole frame. Like the results below it lives until the next bytes are prepared.
    std::optional<frame<Header>*> next_frame() {
        if (fault_ || !finish_body()) return std::nullopt;
        for (frame<Header>& frame : incoming_.commit(0)) {
            ++frames_;
            if (!is_keep_alive(frame.header, frame.body.size())) return &frame;
        }
        return std::nullopt;
    }

    /// The next frame without its body.
    std::optional<frame_head<Header>*> next_head() {
        while (!fault_ && finish_body() && has_head()) {
            if (!streamed_ || streamed_->outdated)
                streamed_ = std::make_unique<streamed>(allowed_, max_streamed_body_);
            streamed_->start = received_ - incoming_.unread().size();
            streamed_->decoder.reset();
            if (advance() != event::header) break;
            streamed_->in_body = true;
            streamed_->head = {streamed_->decoder.header(), streamed_->decoder.body_size()};
            if (!is_keep_alive(streamed_->head.header, streamed_->head.body_size))
                return &streamed_->head;
        }
        return std::nullopt;
    }

    /// The next piece of that body; an empty one at its end.
    std::optional<std::span<const std::byte>> next_piece() {
        if (!in_body()) return std::span<const std::byte>();
        const event found = advance();
        if (found == event::end) return std::span<const std::byte>();
        if (found != event::body) return std::nullopt;
        return streamed_->decoder.body();
    }

    /// Whether what has come ends inside a frame that is read whole.
    [[nodiscard]] bool in_frame() const { return !in_body() && incoming_.buffered() != 0; }

    /// Room for bytes to come, and those that came.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t size) { return incoming_.prepare(size); }
    void commit(std::size_t size) {
        received_ += size;
        static_cast<void>(incoming_.commit(size)); // looked at when somebody reads
    }

    /// No more bytes come.
    void end() { ended_ = true; }
    [[nodiscard]] bool ended() const { return ended_; }

    /// Drops what has come.
    void drop() { incoming_.reset(); }

    /// What is wrong with the stream, as far as it was read.
    const fault& look_for_fault() {
        if (fault_) return fault_;
        if (ended_ && in_body()) streamed_->decoder.finish();
        if (streamed_ && streamed_->decoder.error()) {
            fault_ = streamed_->decoder.error();
            fault_.offset += streamed_->start;
            fault_.frame += frames_ + streamed_frames_;
        } else if ((fault_ = ended_ ? incoming_.finish() : incoming_.error())) {
            fault_.offset += streamed_bytes_;
            fault_.frame += streamed_frames_;
        }
        return fault_;
    }
    [[nodiscard]] const fault& error() const { return fault_; }

private:
    /// A frame that is read in pieces.
    struct streamed {
        streamed(const limits& bounds, std::uint64_t max_body_size)
            : decoder(limits{bounds.max_header_size, max_body_size, bounds.max_depth}) {}

        framing::decoder<Header> decoder; // of this frame alone
        frame_head<Header> head;
        std::uint64_t start = 0; // where it starts in the stream
        bool in_body = false;
        bool outdated = false; // the next one has other limits
    };

    [[nodiscard]] bool in_body() const { return streamed_ && streamed_->in_body; }

    /// Whether the next frame's head can be judged.
    [[nodiscard]] bool has_head() const {
        const std::span<const std::byte> unread = incoming_.unread();
        if (unread.size() < prefix_size) return false;
        const std::uint32_t size = load_prefix(unread.template first<prefix_size>());
        return size > allowed_.max_header_size || unread.size() - prefix_size >= size;
    }

    /// Takes the next event of a frame that is read in pieces.
    event advance() {
        const std::span<const std::byte> unread = incoming_.unread();
        std::span<const std::byte> input = unread;
        const event found = streamed_->decoder.next(input);
        const std::size_t taken = unread.size() - input.size();
        incoming_.discard(taken);
        streamed_bytes_ += taken;
        if (found == event::end) {
            streamed_->in_body = false;
            ++streamed_frames_;
        }
        return found;
    }

    /// Drops what is left of a body that is read in pieces. Returns: whether all of it has come.
    bool finish_body() {
        while (in_body()) {
            streamed_->decoder.skip_body();
            if (advance() != event::end) return false;
        }
        return true;
    }

    limits allowed_; // now
    std::uint64_t max_streamed_body_;
    reassembler<Header> incoming_;
    std::unique_ptr<streamed> streamed_; // once a frame was read in pieces
    std::uint64_t received_ = 0;
    std::uint64_t streamed_bytes_ = 0;
    std::uint64_t frames_ = 0; // read whole
    std::uint64_t streamed_frames_ = 0;
    fault fault_;
    bool ended_ = false;
};

} // namespace detail
} // namespace framing::inline v0::net
