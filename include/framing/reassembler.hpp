// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/bare_head.hpp>
#include <framing/detail/frame_front.hpp>
#include <framing/detail/receive_buffer.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
/// A frame that lies whole in the bytes fed is a view of them, without a copy. A frame's body lives
/// until the reassembler is next fed, prepared, reset, shrunk, moved or destroyed (and no longer
/// than the bytes fed, where it lies in them); its header, until the loop's next step.
///
/// Memory grows with the bytes that arrive, never with what a peer announces: at most twice what
/// arrived plus 64 KiB is held. Work is linear in the bytes fed, also byte by byte. A body above a
/// quarter of the address space is `body_too_large` whatever the limits say.
///
/// The first violation is final: every frame before it is delivered, nothing after it.
/// Distinct objects may be used from distinct threads; one object may not. Moving in mid-frame
/// works (not inside a loop over its frames); the source is then as new.
template <class Header = nlohmann::json>
class reassembler {
public:
    /// The frames that have become whole: a range to be looped over once, found one by one as the
    /// loop goes. What a loop that is left early did not see comes first next time. Until it ends
    /// the reassembler must not be fed.
    class frames {
    public:
        class iterator {
        public:
            using value_type = frame<Header>;
            using difference_type = std::ptrdiff_t;

            iterator() noexcept = default;

            [[nodiscard]] frame<Header>& operator*() const noexcept {
                return owner_->front_.delivered();
            }
            [[nodiscard]] frame<Header>* operator->() const noexcept {
                return &owner_->front_.delivered();
            }

            /// Throws: std::bad_alloc, or what the header type throws; no frame is lost by it.
            iterator& operator++() {
                if (!owner_->next(at_)) std::exchange(owner_, nullptr)->end_loop();
                return *this;
            }
            void operator++(int) { ++*this; }

            [[nodiscard]] friend bool operator==(const iterator& it,
                                                 std::default_sentinel_t) noexcept {
                return it.owner_ == nullptr;
            }

        private:
            friend class frames;
            explicit iterator(reassembler* owner) noexcept
                : owner_(owner), at_(owner->direct_start()) {}

            reassembler* owner_ = nullptr;
            const std::byte* at_ = nullptr; // owner_->direct_start(), but in a register
        };

        frames(const frames&) = delete;
        frames& operator=(const frames&) = delete;
        ~frames() {
            if (owner_.looping_ && owner_.loop_ == loop_) owner_.end_loop();
        }

        [[nodiscard]] iterator begin() {
            return owner_.looping_ ? ++iterator(&owner_) : iterator();
        }
        [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    private:
        friend class reassembler;
        explicit frames(reassembler& owner) noexcept : owner_(owner), loop_(owner.loop_) {}

        reassembler& owner_;
        std::uint64_t loop_; // its number, as the loop may be over before the range dies
    };

    reassembler() noexcept(std::is_nothrow_default_constructible_v<Header>)
        : reassembler(limits{}) {}
    explicit reassembler(const limits& limits) noexcept(
        std::is_nothrow_default_constructible_v<Header>)
        : front_(limits) {}

    reassembler(reassembler&& other) noexcept(nothrow_swappable)
        : reassembler(other.front_.bounds()) {
        swap(other);
    }
    reassembler& operator=(reassembler&& other) noexcept(nothrow_swappable) {
        reassembler taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~reassembler() { assert(!looping_ && "destroyed inside a loop over the frames"); }

    /// Takes the next bytes of the stream. A temporary that owns its bytes is copied; anything else
    /// has to live as long as the frames of it are used. Nothing is taken after an error.
    ///
    /// Never throws: what the loop leaves behind is kept, or the stream ends with `out_of_memory`.
    template <byte_range R = std::span<const std::byte>>
    frames feed(R&& bytes) noexcept FRAMING_LIFETIMEBOUND {
        assert(!looping_ && "fed inside a loop over the frames");
        const std::span<const std::byte> fed = byte_view(bytes).bytes();
        // The common case where a large frame comes in small pieces: nothing to find yet.
        if (kept_.append_simply(fed)) return frames(*this);
        start_loop();
        kept_.start(front_.needed());
        if (front_.error()) return frames(*this);
        input_ = fed;
        if constexpr (!std::is_lvalue_reference_v<R> && !std::ranges::borrowed_range<R>) keep();
        return frames(*this);
    }

    /// Room for `size` bytes, to recv into. In mid-body it is the body's own place, so that nothing
    /// is copied. Empty after an error.
    ///
    /// Throws: std::bad_alloc, and then nothing has changed but that views of bodies are dead.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t size) FRAMING_LIFETIMEBOUND {
        assert(!looping_ && "prepare inside a loop over the frames");
        if (front_.error()) return {};
        kept_.start(front_.needed());
        return kept_.prepare(size);
    }

    /// Takes the first `size` bytes of the room that `prepare` gave. A negative size, by which recv
    /// reports an error, is none.
    template <std::integral Size>
    frames commit(Size size) noexcept FRAMING_LIFETIMEBOUND {
        assert(!looping_ && "commit inside a loop over the frames");
        start_loop();
        if (front_.error()) return frames(*this);
        if (size > 0) kept_.commit(static_cast<std::size_t>(size));
        input_ = kept_.take();
        taken_ = input_.size();
        return frames(*this);
    }

    /// Says that the stream has ended: inside a frame that is the fault `truncated`. Frames that a
    /// loop has left are still to come: loop over `feed({})`, then ask again.
    ///
    /// Throws: std::bad_alloc, if a header is still to be read.
    const fault& finish() {
        assert(!looping_ && "finish inside a loop over the frames");
        kept_.expect(0); // nothing more
        front_.finish(kept_.bytes());
        return front_.error();
    }

    /// What is wrong with the stream; false when nothing is.
    [[nodiscard]] const fault& error() const noexcept { return front_.error(); }

    /// What the peer may announce from now on. A frame whose header has been read keeps to the
    /// limits it was read under.
    void set_limits(const limits& limits) noexcept {
        assert(!looping_ && "set_limits inside a loop over the frames");
        front_.set_bounds(limits);
    }

    /// The bytes that came and are in no frame delivered yet.
    [[nodiscard]] std::size_t buffered() const noexcept { return kept_.size() + input_.size(); }

    /// Those bytes, for a caller who reads the next frame in another way, as with a decoder. They
    /// live as long as the body of a frame.
    [[nodiscard]] std::span<const std::byte> unread() const noexcept FRAMING_LIFETIMEBOUND {
        assert(!looping_ && "unread inside a loop over the frames");
        return kept_.bytes();
    }

    /// Drops the first `size` bytes of unread(). Frames are looked for behind them, where one must
    /// begin before the next loop does.
    void discard(std::size_t size) noexcept {
        assert(!looping_ && "discard inside a loop over the frames");
        kept_.consume(size);
        kept_.expect(0);
        front_.forget();
    }

    /// Starts a new stream.
    void reset() noexcept {
        assert(!looping_ && "reset inside a loop over the frames");
        front_.reset();
        kept_.clear();
        input_ = {};
    }

    /// Gives back memory that is not in use, at once.
    void shrink() noexcept {
        assert(!looping_ && "shrink inside a loop over the frames");
        kept_.shrink();
    }

private:
    static constexpr bool nothrow_swappable =
        std::is_nothrow_default_constructible_v<Header> &&
        std::is_nothrow_swappable_v<detail::frame_front<Header>>;

    void swap(reassembler& other) noexcept(nothrow_swappable) {
        assert(!looping_ && !other.looping_ && "moved inside a loop over the frames");
        using std::swap;
        swap(front_, other.front_);
        swap(kept_, other.kept_);
    }

    void start_loop() noexcept {
        looping_ = true;
        ++loop_;
    }

    void end_loop() noexcept {
        keep();
        if (!front_.error()) kept_.expect(front_.needed());
        looping_ = false;
    }

    /// Moves what is left of the input behind the bytes kept, or leaves it there.
    void keep() noexcept {
        if (taken_ != 0)
            kept_.put_back(std::exchange(taken_, 0), input_.size());
        else if (!input_.empty() && !front_.error() && !kept_.try_append(input_))
            front_.out_of_memory();
        input_ = {};
    }

    /// Where the next frame starts, if that is in the input and nothing of it is judged yet.
    [[nodiscard]] const std::byte* direct_start() const noexcept {
        return kept_.empty() && front_.is_untouched() ? input_.data() : nullptr;
    }

    /// Finds the next whole frame. `at` is direct_start(), and kept up.
    bool next(const std::byte*& at) {
        if constexpr (std::same_as<Header, header_view>)
            if (next_bare(at)) return true;
        const bool found = next_of_any_kind();
        at = direct_start();
        return found;
    }

    /// As next, for a frame whose header says nothing but the size of its body, whole in the input:
    /// what a sender with nothing else to say sends by the million.
    ///
    /// One frame's place depends on the one before it, through `at` alone: a look at input_ for it
    /// would cost each frame the way to memory and back.
    FRAMING_ALWAYS_INLINE bool next_bare(const std::byte*& at) noexcept {
        if (input_.size() < detail::bare_head_reach || at != input_.data()) return false;
        const std::size_t size = front_.deliver_bare(at, input_.size());
        if (size == 0) return false;
        at += size;
        input_ = {at, input_.size() - size};
        return true;
    }

    FRAMING_NOINLINE bool next_of_any_kind() {
        if (front_.error()) return false;
        while (true) {
            const bool direct = kept_.empty();
            const std::span<const std::byte> bytes = direct ? input_ : kept_.bytes();
            if (front_.is_whole(bytes)) {
                const std::size_t size = front_.needed();
                if (direct)
                    input_ = input_.subspan(size);
                else
                    kept_.consume(size);
                front_.deliver(bytes);
                return true;
            }
            if (direct || front_.error() || input_.empty()) return false;
            // No more than the frame at hand takes: the next ones can stay where they are.
            const std::size_t part = std::min(front_.needed() - bytes.size(), input_.size());
            kept_.append(input_.first(part));
            input_ = input_.subspan(part);
        }
    }

    // The stream goes on in kept_, then in input_, which is empty outside a loop.
    detail::frame_front<Header> front_;
    detail::receive_buffer kept_;
    std::span<const std::byte> input_;
    std::size_t taken_ = 0; // how much of kept_ the input was when the loop began
    bool looping_ = false;
    std::uint64_t loop_ = 0;
};

} // namespace framing::inline v0
