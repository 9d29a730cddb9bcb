// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/bare_head.hpp>
#include <framing/detail/judge.hpp>
#include <framing/detail/receive_buffer.hpp>
#include <framing/detail/scan_header.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <ranges>
#include <span>
#include <string_view>
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

            [[nodiscard]] frame<Header>& operator*() const noexcept { return owner_->frame_; }
            [[nodiscard]] frame<Header>* operator->() const noexcept { return &owner_->frame_; }

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
        : judge_(limits), bare_limit_(detail::bare_body_limit(limits)) {}

    reassembler(reassembler&& other) noexcept(nothrow_swappable)
        : reassembler(other.judge_.bounds()) {
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
        kept_.start(needed_);
        if (judge_.error()) return frames(*this);
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
        if (judge_.error()) return {};
        kept_.start(needed_);
        return kept_.prepare(size);
    }

    /// Takes the first `size` bytes of the room that `prepare` gave. A negative size, by which recv
    /// reports an error, is none.
    template <std::integral Size>
    frames commit(Size size) noexcept FRAMING_LIFETIMEBOUND {
        assert(!looping_ && "commit inside a loop over the frames");
        start_loop();
        if (judge_.error()) return frames(*this);
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
        const std::span<const std::byte> rest = kept_.bytes();
        if (judge_.error() || rest.empty() || is_whole(rest) || judge_.error())
            return judge_.error();
        if (rest.size() < prefix_size)
            judge_.truncated(frame_part::length, prefix_size, rest.size());
        else if (head_size_ == 0)
            judge_.truncated(frame_part::header, needed_ - prefix_size, rest.size() - prefix_size);
        else
            judge_.truncated(frame_part::body, needed_ - head_size_, rest.size() - head_size_);
        return judge_.error();
    }

    /// What is wrong with the stream; false when nothing is.
    [[nodiscard]] const fault& error() const noexcept { return judge_.error(); }

    /// The bytes that came and are in no frame delivered yet.
    [[nodiscard]] std::size_t buffered() const noexcept { return kept_.size() + input_.size(); }

    /// Starts a new stream.
    void reset() noexcept {
        assert(!looping_ && "reset inside a loop over the frames");
        judge_ = detail::judge(judge_.bounds());
        kept_.clear();
        input_ = {};
        start_frame();
    }

    /// Gives back memory that is not in use, at once.
    void shrink() noexcept {
        assert(!looping_ && "shrink inside a loop over the frames");
        kept_.shrink();
    }

private:
    static constexpr bool nothrow_swappable =
        std::is_nothrow_default_constructible_v<Header> && std::is_nothrow_swappable_v<Header>;

    void swap(reassembler& other) noexcept(nothrow_swappable) {
        assert(!looping_ && !other.looping_ && "moved inside a loop over the frames");
        using std::swap;
        swap(judge_, other.judge_);
        swap(bare_limit_, other.bare_limit_);
        swap(kept_, other.kept_);
        swap(frame_, other.frame_);
        swap(head_size_, other.head_size_);
        swap(needed_, other.needed_);
    }

    void start_loop() noexcept {
        looping_ = true;
        ++loop_;
    }

    void end_loop() noexcept {
        keep();
        if (!judge_.error()) kept_.expect(needed_);
        looping_ = false;
    }

    /// Moves what is left of the input behind the bytes kept, or leaves it there.
    void keep() noexcept {
        if (taken_ != 0)
            kept_.put_back(std::exchange(taken_, 0), input_.size());
        else if (!input_.empty() && !judge_.error() && !kept_.try_append(input_))
            judge_.out_of_memory();
        input_ = {};
    }

    /// Where the next frame starts, if that is in the input and nothing of it is judged yet.
    [[nodiscard]] const std::byte* direct_start() const noexcept {
        return kept_.empty() && needed_ == prefix_size ? input_.data() : nullptr;
    }

    /// Puts the next whole frame into frame_. `at` is direct_start(), and kept up.
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
        const detail::bare_head head = read_bare_head(at);
        const std::size_t size = std::size_t{head.size} + head.body_size;
        if (head.size == 0) return false;
        if (size > input_.size()) {
            head_size_ = head.size;
            needed_ = size;
            return false;
        }
        frame_.body = {at + head.size, head.body_size};
        at += size;
        input_ = {at, input_.size() - size};
        judge_.pass(size);
        return true;
    }

    /// Reads a bare head within the limits into frame_.header.
    FRAMING_ALWAYS_INLINE detail::bare_head read_bare_head(const std::byte* at) noexcept {
        const char* const start = reinterpret_cast<const char*>(at);
        const detail::bare_head head = detail::read_bare_head(start);
        if (head.size == 0 || head.body_size > bare_limit_) return {};
        frame_.header = detail::header_view_access::make_bare(
            {start + prefix_size, head.size - prefix_size}, head.body_size);
        return head;
    }

    /// As judge_head, for a bare head.
    FRAMING_ALWAYS_INLINE bool judge_bare_head(std::span<const std::byte> bytes) noexcept {
        if (bytes.size() < detail::bare_head_reach) return false;
        const detail::bare_head head = read_bare_head(bytes.data());
        if (head.size == 0) return false;
        head_size_ = head.size;
        needed_ = std::size_t{head.size} + head.body_size;
        return true;
    }

    FRAMING_NOINLINE bool next_of_any_kind() {
        if (judge_.error()) return false;
        while (true) {
            const bool direct = kept_.empty();
            const std::span<const std::byte> bytes = direct ? input_ : kept_.bytes();
            if (is_whole(bytes)) {
                if (direct)
                    input_ = input_.subspan(needed_);
                else
                    kept_.consume(needed_);
                deliver(bytes);
                return true;
            }
            if (direct || judge_.error() || input_.empty()) return false;
            // No more than the frame at hand takes: the next ones can stay where they are.
            const std::size_t part = std::min(needed_ - bytes.size(), input_.size());
            kept_.append(input_.first(part));
            input_ = input_.subspan(part);
        }
    }

    /// Judges the frame at the front of `bytes` as far as it is there, each part once, and sets
    /// needed_ to how many bytes are needed to say more.
    FRAMING_ALWAYS_INLINE bool is_whole(std::span<const std::byte> bytes) {
        if (head_size_ == 0 && !judge_head(bytes)) return false;
        return bytes.size() >= needed_;
    }

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
        const detail::header_scan scan =
            detail::read_header(text, slack, judge_.bounds().max_depth, frame_.header, fits);
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

    void deliver(std::span<const std::byte> bytes) noexcept {
        frame_.body = bytes.subspan(head_size_, needed_ - head_size_);
        // The text may have moved since it was judged.
        if constexpr (std::same_as<Header, header_view>)
            detail::header_view_access::move_text(frame_.header,
                                                  as_text(bytes.subspan(prefix_size)).data());
        judge_.pass(needed_);
        start_frame();
    }

    void start_frame() noexcept {
        head_size_ = 0;
        needed_ = prefix_size;
    }

    // The stream goes on in kept_, then in input_, which is empty outside a loop.
    detail::judge judge_;
    std::uint32_t bare_limit_; // the largest body of a bare head that needs no closer look
    detail::receive_buffer kept_;
    std::span<const std::byte> input_;
    frame<Header> frame_;
    std::size_t head_size_ = 0;        // prefix and header of the frame at hand; 0 while unjudged
    std::size_t needed_ = prefix_size; // of its bytes, to say more of it
    std::size_t taken_ = 0;            // how much of kept_ the input was when the loop began
    bool looping_ = false;
    std::uint64_t loop_ = 0;
};

} // namespace framing::inline v0
