// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace framing::inline v0::net {

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

/// Whether a frame of that type shows by itself that it is one.
template <class Header>
inline constexpr bool shows_keep_alives = std::same_as<Header, header_view> ||
                                          requires(const Header& header) {
    header.is_object();
};

/// How long the keep-alive is that comes next; 0 where none does, or not all of it, or one whose
/// header is longer than may be.
inline std::size_t keep_alive_size(std::span<const std::byte> bytes, std::size_t max_header_size) {
    constexpr std::string_view space = " \t\r\n";
    if (bytes.size() < prefix_size) return 0;
    const std::size_t size = load_prefix(bytes.first<prefix_size>());
    if (size > max_header_size || size > bytes.size() - prefix_size) return 0;
    const std::string_view header = as_text(bytes.subspan(prefix_size, size));
    const std::size_t open = header.find_first_not_of(space);
    if (open == header.npos || header[open] != '{') return 0;
    const std::size_t close = header.find_first_not_of(space, open + 1);
    if (close == header.npos || header[close] != '}') return 0;
    return header.find_first_not_of(space, close + 1) == header.npos ? prefix_size + size : 0;
}

/// The frames of one stream, each read whole or in pieces as its reader likes, without the
/// keep-alives among them. Does no I/O.
///
/// What is not there is nothing until more bytes come, unless the stream has ended or violates the
/// format.
template <class Header>
class frame_reader {
public:
    frame_reader(const limits& allowed, std::uint64_t max_streamed_body)
        : incoming_(allowed), max_header_size_(allowed.max_header_size),
          max_streamed_body_(max_streamed_body) {}

    void set_limits(const limits& allowed) {
        incoming_.set_limits(allowed);
        max_header_size_ = allowed.max_header_size;
    }

    /// The next whole frame. Like the results below it lives until the next bytes are prepared.
    std::optional<frame<Header>*> next_frame() {
        in_pieces_ = false;
        skip_keep_alives();
        while (frame<Header>* const found = incoming_.next())
            if (!is_keep_alive(found->header, found->body.size())) return found;
        return std::nullopt;
    }

    /// The next frame without its body.
    std::optional<frame_head<Header>*> next_head() {
        in_pieces_ = false;
        skip_keep_alives();
        while (frame_head<Header>* const found = incoming_.next_head(max_streamed_body_))
            if (!is_keep_alive(found->header, found->body_size)) {
                in_pieces_ = true;
                return found;
            }
        return std::nullopt;
    }

    /// The next piece of that body; an empty one at its end, or where the next frame was asked for.
    std::optional<std::span<const std::byte>> next_piece() {
        if (!in_pieces_) return std::span<const std::byte>();
        return incoming_.next_piece();
    }

    /// As much of it as has come and fits; nothing at its end.
    std::optional<std::size_t> copy_piece(std::span<std::byte> room) {
        if (!in_pieces_) return 0;
        const auto piece = incoming_.next_piece(room.size());
        if (!piece) return std::nullopt;
        std::ranges::copy(*piece, room.begin());
        return piece->size();
    }

    /// How much of it may be read from the stream past this reader.
    [[nodiscard]] std::uint64_t direct() const {
        return incoming_.buffered() == 0 ? incoming_.body_left() : 0;
    }
    /// So much was.
    void pass(std::size_t size) { incoming_.pass_piece(size); }

    /// Whether a frame or its head may be there. True may be wrong.
    [[nodiscard]] bool has_more() const { return incoming_.buffered() != 0; }

    /// The bytes that have come and wait to be read.
    [[nodiscard]] std::size_t buffered() const { return incoming_.buffered(); }

    /// Whether what has come ends inside a frame that is read whole.
    [[nodiscard]] bool in_frame() const {
        return incoming_.body_left() == 0 && incoming_.buffered() != 0;
    }

    /// Room for bytes to come, and those that came.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t size) { return incoming_.prepare(size); }
    void commit(std::size_t size) {
        static_cast<void>(incoming_.commit(size)); // looked at when somebody reads
    }

    /// No more bytes come.
    void end() { ended_ = true; }
    [[nodiscard]] bool ended() const { return ended_; }

    /// Drops what has come, and what comes is no frame any more. A fault remains.
    void drop() {
        if (incoming_.error()) dropped_ = incoming_.error();
        incoming_.reset();
    }

    /// What is wrong with the stream, as far as it was read.
    const fault& look_for_fault() { return ended_ ? incoming_.finish() : incoming_.error(); }
    [[nodiscard]] const fault& error() const { return dropped_ ? dropped_ : incoming_.error(); }

private:
    /// A type of the user's need not fit one.
    void skip_keep_alives() {
        if constexpr (!shows_keep_alives<Header>) {
            auto rest = incoming_.next_piece(); // of a body that was given up
            while (rest && !rest->empty()) rest = incoming_.next_piece();
            if (!rest || incoming_.error()) return;
            while (const std::size_t size = keep_alive_size(incoming_.unread(), max_header_size_))
                incoming_.discard(size);
        }
    }

    reassembler<Header> incoming_;
    std::size_t max_header_size_;
    std::uint64_t max_streamed_body_;
    fault dropped_;
    bool in_pieces_ = false; // a body is read
    bool ended_ = false;
};

} // namespace detail
} // namespace framing::inline v0::net
