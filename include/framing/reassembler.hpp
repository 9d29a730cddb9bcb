// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/frame_parser.hpp>
#include <framing/detail/frames/read_header.hpp>
#include <framing/detail/frames/receive_buffer.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace framing::inline v0 {

/// Turns the buffers that recv fills, cut in any way, back into whole frames. Does no I/O.
///
///     reassembler<> incoming;
///     for (const auto& frame : incoming.feed(bytes_just_received)) handle(frame);
///     if (incoming.error()) return log(incoming.error().message());
///
/// A frame that lies whole in the bytes fed is a view of them, without a copy, and its body lives
/// no longer than they do; a header lives until the loop's next step.
///
/// Invalidates: `feed`, `prepare`, `reset`, `shrink`, a move and the destructor end all bodies,
/// their pieces, and what `unread` gave.
///
/// Memory grows with the bytes that arrive, never with what a peer announces: at most twice what
/// arrived plus 64 KiB is held. Work is linear in the bytes fed, also byte by byte. A body above a
/// quarter of the address space is `body_too_large` whatever the limits say.
///
/// The first violation is final: every frame before it is delivered, nothing after it.
/// Distinct objects may be used from distinct threads; one object may not. Moving in mid-frame
/// works (not inside a loop over its frames); the source is then as new.
template <class Header = nlohmann::json, wire_format Format = formats::standard>
class reassembler {
public:
    /// The frames that have become whole: a range to be looped over once, found one by one as the
    /// loop goes. What a loop that is left early did not see comes first next time. Until it ends
    /// the reassembler must not be fed.
    class frames {
    public:
        /// Where such a loop is.
        ///
        /// Throws: std::bad_alloc, or what the header type throws; no frame is lost by it.
        class iterator {
        public:
            /// What it is at.
            using value_type = frame<Header>;
            /// As every iterator has one.
            using difference_type = std::ptrdiff_t;

            /// In no loop.
            iterator() noexcept = default;

            /// The frame at hand; it lives until the next step. Pre: the loop is not over.
            [[nodiscard]] frame<Header>& operator*() const { return *operator->(); }
            /// Where that is, which lives as long; nullptr when the loop is over.
            [[nodiscard]] frame<Header>* operator->() const {
                if (!looked_) look();
                return frame_;
            }

            /// Takes a step. Returns: itself. The next frame is not read until somebody looks: one
            /// that was only stepped to is not lost.
            iterator& operator++() {
                if (!looked_) look();
                looked_ = false;
                return *this;
            }
            /// Takes a step.
            void operator++(int) { ++*this; }

            /// Whether the loop is over: more bytes are needed, or `error()` says what is wrong.
            [[nodiscard]] friend bool operator==(const iterator& it, std::default_sentinel_t) {
                return it.is_at_end();
            }

        private:
            friend class frames;
            iterator(reassembler& owner, bool over) noexcept : owner_(&owner), looked_(over) {}

            FRAMING_ALWAYS_INLINE bool is_at_end() const {
                if (!looked_) arrive_at(owner_->next());
                return frame_ == nullptr;
            }

            // No second copy of `next`, as most loops only ask whether they are over.
            FRAMING_NOINLINE void look() const { arrive_at(owner_->next_of_any_kind()); }

            void arrive_at(frame<Header>* found) const {
                looked_ = true;
                frame_ = found;
                if (found == nullptr) owner_->end_loop();
            }

            reassembler* owner_ = nullptr;
            mutable frame<Header>* frame_ = nullptr;
            mutable bool looked_ = true;
        };

        frames(const frames&) = delete;
        frames& operator=(const frames&) = delete;
        /// Keeps what the loop did not see.
        ~frames() {
            if (owner_.loop_ == this) owner_.end_loop();
        }

        /// Where the loop begins; it lives as long as the loop.
        [[nodiscard]] iterator begin() noexcept { return {owner_, owner_.loop_ != this}; }
        /// What an iterator is compared with.
        [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    private:
        friend class reassembler;
        explicit frames(reassembler& owner) noexcept : owner_(owner) {}
        frames(reassembler& owner, std::span<const std::byte> input) noexcept : owner_(owner) {
            owner_.loop_ = this;
            owner_.input_ = input;
        }

        reassembler& owner_;
    };

    /// With the default limits.
    reassembler() noexcept(std::is_nothrow_default_constructible_v<Header>)
        : reassembler(limits{}) {}
    /// With other ones.
    explicit reassembler(const limits& limits) noexcept(
        std::is_nothrow_default_constructible_v<Header>)
        : parser_(limits) {}

    /// Goes on where `other` was, with all that it holds. Pre: no loop over its frames goes on.
    reassembler(reassembler&& other) noexcept(nothrow_swappable)
        : reassembler(other.parser_.bounds()) {
        swap(other);
    }
    /// Likewise.
    reassembler& operator=(reassembler&& other) noexcept(nothrow_swappable) {
        reassembler taken(std::move(other));
        swap(taken);
        return *this;
    }
    /// Pre: no loop over its frames goes on.
    ~reassembler() { assert(loop_ == nullptr && "destroyed inside a loop over the frames"); }

    /// Takes the next bytes of the stream. A temporary that owns its bytes is copied; anything else
    /// has to live as long as the frames of it are used. A string literal is taken without its NUL,
    /// as byte_view says. Nothing is taken after an error.
    ///
    /// Returns: the frames that are whole with them. What a loop over these leaves behind, or all
    /// where there is none, is kept, or the stream ends with `out_of_memory`.
    template <byte_range R = std::span<const std::byte>>
    frames feed(R&& bytes) noexcept FRAMING_LIFETIMEBOUND {
        assert(loop_ == nullptr && "fed inside a loop over the frames");
        const std::span<const std::byte> fed = byte_view(bytes).bytes();
        if (error() || takes_as_it_is(fed)) return frames(*this);
        kept_.start(upcoming());
        if constexpr (std::is_lvalue_reference_v<R> || std::ranges::borrowed_range<R>) {
            return frames(*this, fed);
        } else {
            keep(fed);
            return frames(*this, {});
        }
    }

    /// As above, of the `size` bytes from `data` on.
    frames feed(const void* data, std::size_t size) noexcept FRAMING_LIFETIMEBOUND {
        return feed(byte_view(data, size).bytes());
    }

    /// Room for `size` bytes, to recv into. In mid-body it is the body's own place, so that nothing
    /// is copied. Empty after an error.
    ///
    /// Throws: std::bad_alloc, and then nothing has changed but that views of bodies are dead.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t size) FRAMING_LIFETIMEBOUND {
        assert(loop_ == nullptr && "prepare inside a loop over the frames");
        if (error()) return {};
        kept_.start(upcoming());
        return kept_.prepare(size);
    }

    /// Takes the first `size` bytes of the room that `prepare` gave. A negative size, by which recv
    /// reports an error, is none. Returns: as `feed`.
    template <std::integral Size>
    frames commit(Size size) noexcept FRAMING_LIFETIMEBOUND {
        assert(loop_ == nullptr && "commit inside a loop over the frames");
        if (size > 0 && !error()) kept_.commit(static_cast<std::size_t>(size));
        return frames(*this, {});
    }

    /// The next whole frame, or nullptr where more bytes are needed or `error()` says why there is
    /// none: what loops over `feed` and `commit` ask. Lives until the next call. What is left of a
    /// body that was read in pieces is dropped.
    ///
    /// Throws: std::bad_alloc, or what the header type throws; no frame is lost by it.
    [[nodiscard]] FRAMING_ALWAYS_INLINE frame<Header>* next() FRAMING_LIFETIMEBOUND {
        if constexpr (detail::reads_flat<Header>) {
            const std::span<const std::byte> bytes = window();
            if (const auto whole = parser_.look_whole(bytes, frame_.header, max_body_size())) {
                frame_.body = {bytes.data() + whole.head_size, whole.body_size};
                consume(whole.size());
                parser_.pass(whole);
                return &frame_;
            }
        }
        return next_of_any_kind();
    }

    /// As `next`, for a frame whose body is then read in pieces, by next_piece, and may be as large
    /// as `max_body_size` allows, or the limits where `next` has seen its head before.
    [[nodiscard]] frame_head<Header>* next_head(std::uint64_t max_body_size) FRAMING_LIFETIMEBOUND {
        if (in_body_ && !drop_body()) return nullptr;
        while (!look(window(), max_body_size))
            if (!widen()) return nullptr;
        place_header(window());
        head_ = {std::move(frame_.header), parser_.body_size()};
        consume(parser_.head_size());
        in_body_ = true;
        left_ = parser_.body_size();
        return &head_;
    }

    /// The bytes of that body that have come and were not given yet, `most` of them at most, an
    /// empty piece at its end; or nullopt where more are needed. They live as long as the body of a
    /// frame. Throws: nothing.
    [[nodiscard]] std::optional<std::span<const std::byte>>
    next_piece(std::size_t most = (std::numeric_limits<std::size_t>::max)()) FRAMING_LIFETIMEBOUND {
        if (left_ == 0) return std::span<const std::byte>();
        const std::span<const std::byte> piece = take_piece(most);
        if (piece.empty()) return std::nullopt;
        return piece;
    }

    /// Says that the caller has the next `size` bytes of that body from elsewhere: it has read them
    /// from the stream itself. Pre: they are no more than body_left(), and nothing is buffered().
    void pass_piece(std::size_t size) noexcept {
        assert(kept_.empty() && loop_ == nullptr && size <= left_ && "they were not next");
        left_ -= size;
    }

    /// How much of the body that is read in pieces is still to be given.
    [[nodiscard]] std::uint64_t body_left() const noexcept { return left_; }

    /// Says that the stream has ended: inside a frame that is the fault `truncated`. Frames that a
    /// loop has left are still to come: loop over `feed({})`, then ask again.
    ///
    /// Returns: error().
    ///
    /// Throws: std::bad_alloc, or what the header type throws, if a header is still to be read.
    const fault& finish() {
        assert(loop_ == nullptr && "finish inside a loop over the frames");
        if (in_body_ && left_ == 0) end_body();
        const std::size_t size = kept_.size();
        if (in_body_) {
            if (left_ > size)
                parser_.end(parser_.head_size() + (parser_.body_size() - left_) + size);
        } else if (size != 0) {
            look(kept_.bytes(), max_body_size());
            if (size < parser_.needed()) parser_.end(size);
        }
        return error();
    }

    /// What is wrong with the stream; false when nothing is.
    [[nodiscard]] const fault& error() const noexcept { return parser_.error(); }

    /// What the peer may announce from now on. A frame whose header has been read keeps to the
    /// limits it was read under.
    void set_limits(const limits& limits) noexcept {
        assert(loop_ == nullptr && "set_limits inside a loop over the frames");
        parser_.set_bounds(limits);
    }

    /// The bytes that came and are in no frame delivered yet.
    [[nodiscard]] std::size_t buffered() const noexcept { return kept_.size() + input_.size(); }

    /// Those bytes, for a caller who reads the next frame in another way, as with a decoder. They
    /// live as long as the body of a frame.
    [[nodiscard]] std::span<const std::byte> unread() const noexcept FRAMING_LIFETIMEBOUND {
        assert(loop_ == nullptr && "unread inside a loop over the frames");
        return kept_.bytes();
    }

    /// Drops the first `size` bytes of unread(), and no longer reads a body in pieces. Frames are
    /// looked for behind them, where one must begin before the next loop does.
    void discard(std::size_t size) noexcept {
        assert(loop_ == nullptr && "discard inside a loop over the frames");
        kept_.consume(size);
        if (in_body_ && left_ == 0) end_body();
        const std::uint64_t given =
            in_body_ ? parser_.head_size() + (parser_.body_size() - left_) : 0;
        parser_.skip(given + size);
        in_body_ = false;
        left_ = 0;
    }

    /// Starts a new stream, under the same limits.
    void reset() noexcept {
        assert(loop_ == nullptr && "reset inside a loop over the frames");
        parser_.reset();
        kept_.clear();
        in_body_ = false;
        left_ = 0;
    }

    /// Gives back memory that is not in use, at once.
    void shrink() noexcept {
        assert(loop_ == nullptr && "shrink inside a loop over the frames");
        kept_.shrink();
    }

private:
    static constexpr bool nothrow_swappable =
        std::is_nothrow_default_constructible_v<Header> && std::is_nothrow_swappable_v<Header>;

    void swap(reassembler& other) noexcept(nothrow_swappable) {
        assert(loop_ == nullptr && other.loop_ == nullptr && "moved inside a loop over the frames");
        using std::swap;
        swap(parser_, other.parser_);
        swap(frame_, other.frame_);
        swap(head_, other.head_);
        swap(kept_, other.kept_);
        swap(in_body_, other.in_body_);
        swap(left_, other.left_);
    }

    /// The largest body of a frame that is held whole.
    [[nodiscard]] std::uint64_t max_body_size() const noexcept {
        constexpr std::uint64_t most = (std::numeric_limits<std::size_t>::max)() / 4;
        return (std::min)(parser_.bounds().max_body_size, most);
    }

    /// How many bytes are to be held in one piece before anything can be said.
    [[nodiscard]] std::size_t upcoming() const noexcept {
        return in_body_ ? 0 : static_cast<std::size_t>(parser_.needed());
    }

    /// Keeps bytes that bring nothing to its end: a large frame mostly comes in small pieces.
    bool takes_as_it_is(std::span<const std::byte> fed) noexcept {
        return kept_.size() + fed.size() < upcoming() && kept_.append_in_place(fed);
    }

    /// As parser_.look, which is too large to be there more than once.
    FRAMING_NOINLINE bool look(std::span<const std::byte> window, std::uint64_t max_body_size) {
        return parser_.look(window, frame_.header, max_body_size);
    }

    FRAMING_NOINLINE frame<Header>* next_of_any_kind() {
        if (in_body_ && !drop_body()) return nullptr;
        while (true) {
            const std::span<const std::byte> bytes = window();
            if (bytes.size() >= parser_.needed() && look(bytes, max_body_size()) &&
                bytes.size() >= parser_.needed()) {
                deliver(bytes);
                return &frame_;
            }
            if (!widen()) return nullptr;
        }
    }

    /// The loop over the frames is over, or was left.
    void end_loop() noexcept {
        keep(std::exchange(input_, {}));
        loop_ = nullptr;
    }

    void keep(std::span<const std::byte> bytes) noexcept {
        if (!bytes.empty() && !error() && !kept_.try_append(bytes)) parser_.out_of_memory();
    }

    /// The stream from here on, as far as it lies in one piece.
    [[nodiscard]] std::span<const std::byte> window() const noexcept {
        return kept_.empty() ? input_ : kept_.bytes();
    }

    /// Makes the window larger, by no more than the frame at hand takes: the next ones can stay
    /// where they are. Returns: false where that cannot be, or the stream is at fault.
    FRAMING_NOINLINE bool widen() {
        if (kept_.empty() || input_.empty() || error()) return false;
        const std::size_t missing = static_cast<std::size_t>(parser_.needed()) - kept_.size();
        const std::size_t part = (std::min)(missing, input_.size());
        kept_.append(input_.first(part));
        input_ = input_.subspan(part);
        return true;
    }

    /// Goes on behind `size` bytes of the window.
    void consume(std::size_t size) noexcept {
        if (kept_.empty())
            input_ = input_.subspan(size);
        else
            kept_.consume(size);
    }

    /// The frame is whole at the front of the window, which is `bytes`.
    void deliver(std::span<const std::byte> bytes) noexcept {
        const auto size = static_cast<std::size_t>(parser_.needed());
        place_header(bytes);
        frame_.body = bytes.subspan(parser_.head_size(), size - parser_.head_size());
        consume(size);
        parser_.pass();
    }

    /// The text of a header_view may have moved since it was read.
    void place_header([[maybe_unused]] std::span<const std::byte> bytes) noexcept {
        if constexpr (std::same_as<Header, header_view>)
            detail::header_view_access::move_text(frame_.header,
                                                  as_text(bytes.subspan(prefix_size)).data());
    }

    /// What the window has of the body that is read in pieces.
    std::span<const std::byte>
    take_piece(std::size_t most = (std::numeric_limits<std::size_t>::max)()) noexcept {
        const std::span<const std::byte> bytes = window();
        const auto size = static_cast<std::size_t>(
            std::min<std::uint64_t>(left_, (std::min)(bytes.size(), most)));
        consume(size);
        left_ -= size;
        return bytes.first(size);
    }

    /// Drops what is left of that body. Returns: whether all of it has come.
    bool drop_body() noexcept {
        while (left_ != 0)
            if (take_piece().empty()) return false;
        end_body();
        return true;
    }

    void end_body() noexcept {
        parser_.pass();
        in_body_ = false;
    }

    // The stream goes on in kept_, then in input_, which is empty outside a loop.
    detail::frame_parser<Format> parser_;
    frame<Header> frame_;
    detail::receive_buffer kept_;
    std::span<const std::byte> input_;
    frames* loop_ = nullptr;
    bool in_body_ = false;   // of a frame that is read in pieces
    std::uint64_t left_ = 0; // of that body
    frame_head<Header> head_;
};

} // namespace framing::inline v0
