// SPDX-License-Identifier: MIT
#pragma once

#include <framing/decoder.hpp>
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/liveness.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/condition.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/unsent_bytes.hpp>
#include <framing/net/error.hpp>
#include <framing/reassembler.hpp>
#include <framing/send_queue.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

/// The beginning of a frame whose body is read as it comes.
template <class Header>
struct frame_head {
    Header header{};
    std::uint64_t body_size = 0;
};

namespace detail {

/// What an operation came to.
template <class T>
struct outcome {
    error_code error;
    T value{};
};

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

/// All of a connection but the handle: it lives as long as an operation of it does.
///
/// Reading and writing run by themselves, so that what an operation of the user's waits for can be
/// cancelled at any time without half a frame being lost or sent.
template <class Stream, class Header>
class connection_state : public std::enable_shared_from_this<connection_state<Stream, Header>> {
public:
    connection_state(Stream stream, const connection_options& options)
        : stream_(std::move(stream)), options_(options), readable_(stream_.get_executor()),
          writable_(stream_.get_executor()), timer_(stream_.get_executor()),
          allowed_(options.limits_before_authentication.value_or(options.limits)),
          incoming_(allowed_), encoder_(options.limits), queue_(options.marks),
          alive_(half_stall(options.times), now()) {}

    [[nodiscard]] Stream& stream() { return stream_; }
    [[nodiscard]] const connection_options& options() const { return options_; }
    [[nodiscard]] asio::any_io_executor executor() { return stream_.get_executor(); }
    [[nodiscard]] condition& readable() { return readable_; }
    [[nodiscard]] condition& writable() { return writable_; }
    [[nodiscard]] const fault& error() const { return fault_; }
    [[nodiscard]] error_code failure() const { return failure_; }
    [[nodiscard]] send_queue& queue() { return queue_; }
    [[nodiscard]] encoder<Header>& frame_encoder() { return encoder_; }
    [[nodiscard]] bool is_stopped() const { return stopped_; }
    [[nodiscard]] bool can_send() const { return !failure_ && !closing_; }

    /// Lets the deadlines run.
    void start() { arm_timer(); }

    void authenticated() {
        alive_.authenticated();
        allowed_ = options_.limits;
        incoming_.set_limits(allowed_);
        if (streamed_) streamed_->outdated = true;
        if (on_authenticated_) on_authenticated_();
    }
    void on_authenticated(std::function<void()> action) { on_authenticated_ = std::move(action); }

    // The outcome of a read, or nothing as long as it depends on bytes that have not come.

    std::optional<outcome<frame<Header>*>> try_frame() {
        if (stopped_) return outcome<frame<Header>*>{};
        if (fault_ || !finish_body()) return try_end<frame<Header>*>();
        for (frame<Header>& frame : incoming_.commit(0)) {
            ++frames_;
            if (is_keep_alive(frame.header, frame.body.size())) continue;
            alive_.rests();
            return outcome<framing::frame<Header>*>{{}, &frame};
        }
        return try_end<framing::frame<Header>*>();
    }

    std::optional<outcome<frame_head<Header>*>> try_head() {
        if (stopped_) return outcome<frame_head<Header>*>{};
        while (!fault_ && finish_body() && has_head()) {
            if (!streamed_ || streamed_->outdated)
                streamed_ = std::make_unique<streamed>(allowed_, options_.max_streamed_body);
            streamed_->start = received_ - incoming_.unread().size();
            streamed_->decoder.reset();
            if (advance() != event::header) break;
            streamed_->in_body = true;
            streamed_->head = {streamed_->decoder.header(), streamed_->decoder.body_size()};
            if (is_keep_alive(streamed_->head.header, streamed_->head.body_size)) continue;
            alive_.rests();
            return outcome<frame_head<Header>*>{{}, &streamed_->head};
        }
        return try_end<frame_head<Header>*>();
    }

    std::optional<outcome<std::span<const std::byte>>> try_body() {
        using result = outcome<std::span<const std::byte>>;
        if (!in_body()) return result{};
        const event found = advance();
        if (found == event::end) return result{};
        if (found != event::body) return try_end<std::span<const std::byte>>();
        alive_.rests();
        return result{{}, streamed_->decoder.body()};
    }

    /// Sees to it that bytes come. Returns: whether they still can; `readable` then changes.
    [[nodiscard]] bool receive() {
        if (input_ended_ || failure_) return false;
        alive_.listens(!in_body() && incoming_.buffered() != 0, now());
        arm_timer();
        if (receiving_) return true;
        try {
            const std::span<std::byte> room = incoming_.prepare(offer_);
            receiving_ = true;
            stream_.async_read_some(
                asio::buffer(room.data(), room.size()),
                asio::bind_executor(executor(), [self = this->shared_from_this()](
                                                    error_code error, std::size_t size) {
                    self->received(error, size);
                }));
        } catch (const std::bad_alloc&) {
            receiving_ = false;
            fail(asio::error::no_memory);
        }
        return !failure_;
    }

    /// Queues what `add` adds, if it can still leave.
    template <class Add>
    std::error_code enqueue(const Add& add) {
        if (failure_) return failure_;
        if (closing_) return errc::closed;
        const std::error_code result = add(queue_);
        if (!result && queue_.sendable() != 0) start_writing();
        return result;
    }

    void start_writing() {
        alive_.queued(now());
        arm_timer();
        if (std::exchange(writing_, true)) return;
        // What else is queued until then leaves in the same write.
        asio::post(executor(), [self = this->shared_from_this()] { self->write_some(); });
    }

    /// No more reads.
    void stop() {
        stopped_ = true;
        readable_.notify();
    }

    /// Ends the connection at once; the first reason is the one that counts.
    void fail(error_code why) {
        if (failure_) return;
        failure_ = why;
        error_code ignored;
        lowest_layer().close(ignored);
        timer_.cancel();
        readable_.notify();
        writable_.notify();
    }

    /// Lets what is queued leave, says that no more comes, waits until the peer has seen that, and
    /// closes. Each takes a bounded time.
    static asio::awaitable<error_code> close(std::shared_ptr<connection_state> self) {
        self->closing_ = true;
        self->stop();
        condition& writable = self->writable_;
        const auto deadline = now() + self->options_.close_time;
        asio::steady_timer timer(self->executor(), deadline);
        timer.async_wait([self](error_code) { self->writable_.notify(); });
        while (self->queue_.sendable() != 0 && !self->failure_ && now() < deadline)
            co_await writable.wait();
        const bool whole = self->queue_.empty() && self->queue_.body_left() == 0;
        timer.expires_after(self->options_.linger_time);
        timer.async_wait([self](error_code cancelled) {
            if (!cancelled) self->fail(errc::closed);
        });
        const bool was_open = !self->failure_;
        if (was_open && whole) {
            co_await shut_down(self);
            while (!self->input_ended_ && !self->failure_) co_await self->drain();
        }
        timer.cancel();
        const error_code failure = self->failure_;
        self->fail(errc::closed);
        if (was_open && whole) co_return error_code();
        co_return failure ? failure : error_code(errc::write_stalled);
    }

private:
    static constexpr std::size_t least_offer = 4 * 1024;
    static constexpr std::size_t most_offer = 64 * 1024;

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

    /// A stall is found in two halves, see `is_stalled`.
    static deadlines half_stall(deadlines times) {
        times.write_stall /= 2;
        return times;
    }

    static liveness::time_point now() { return std::chrono::steady_clock::now(); }

    auto& lowest_layer() { return stream_.lowest_layer(); }

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

    /// The end of what can be read, if it is here.
    template <class T>
    std::optional<outcome<T>> try_end() {
        if (!fault_) look_for_fault();
        if (fault_) return outcome<T>{error_code(fault_.code), {}};
        if (input_ended_) return outcome<T>{};
        if (failure_) return outcome<T>{failure_, {}};
        return std::nullopt;
    }

    void look_for_fault() {
        if (streamed_ && input_ended_ && streamed_->in_body) streamed_->decoder.finish();
        if (streamed_ && streamed_->decoder.error()) {
            fault_ = streamed_->decoder.error();
            fault_.offset += streamed_->start;
            fault_.frame += frames_ + streamed_frames_;
            return;
        }
        fault_ = input_ended_ ? incoming_.finish() : incoming_.error();
        if (!fault_) return;
        fault_.offset += streamed_bytes_;
        fault_.frame += streamed_frames_;
    }

    void received(error_code error, std::size_t size) {
        receiving_ = false;
        if (size != 0) {
            received_ += size;
            alive_.received(now());
            static_cast<void>(incoming_.commit(size)); // looked at when somebody reads
            adapt(size);
        }
        if (error == asio::error::eof)
            input_ended_ = true;
        else if (error)
            fail(error);
        readable_.notify();
    }

    /// Offers the next read what the last one suggests: an idle connection should cost little.
    void adapt(std::size_t size) {
        if (size == offer_)
            offer_ = std::min(4 * offer_, most_offer);
        else if (size < offer_ / 4)
            offer_ = std::max(offer_ / 2, least_offer);
    }

    void write_some() {
        writing_ = false;
        if (failure_) return;
        try {
            buffers_.clear();
            for (const std::span<const std::byte> piece : queue_.next())
                buffers_.emplace_back(piece.data(), piece.size());
        } catch (const std::bad_alloc&) {
            return fail(asio::error::no_memory);
        }
        if (buffers_.empty()) return;
        writing_ = true;
        stream_.async_write_some(
            std::span<const asio::const_buffer>(buffers_),
            asio::bind_executor(
                executor(), [self = this->shared_from_this()](error_code error, std::size_t size) {
                    self->wrote(error, size);
                }));
    }

    void wrote(error_code error, std::size_t size) {
        if (failure_) return;
        queue_.sent(size);
        alive_.sent(queue_.sendable() != 0, now());
        suspected_ = false;
        if (error) return fail(error);
        if (queue_.has_room_for_body()) writable_.notify();
        write_some();
        arm_timer(); // a heartbeat may be due before a stall would have been
    }

    void arm_timer() {
        const liveness::time_point next = alive_.next_check();
        if (failure_ || next >= timer_due_) return;
        timer_due_ = next;
        timer_.expires_at(next);
        timer_.async_wait([self = this->shared_from_this()](error_code cancelled) {
            if (!cancelled) self->check_deadlines();
        });
    }

    void check_deadlines() {
        timer_due_ = liveness::never;
        switch (alive_.check(now())) {
        case due::nothing: break;
        case due::heartbeat: send_heartbeat(); break;
        case due::authentication: return fail(errc::authentication_timeout);
        case due::frame: return fail(errc::frame_timeout);
        case due::silence: return fail(errc::silent_peer);
        case due::write_stall:
            if (is_stalled()) return fail(errc::write_stalled);
            alive_.sent(true, now());
        }
        arm_timer();
    }

    /// Whether nothing has left for as long as may be. The system says only that there is room
    /// again when there is a lot; a slow reader shows in what it still holds.
    bool is_stalled() {
        const std::optional<int> before = std::exchange(unsent_, unsent_bytes(lowest_layer()));
        if (!std::exchange(suspected_, true)) return false;
        return !before || !unsent_ || *unsent_ >= *before;
    }

    void send_heartbeat() {
        static const auto frame = std::make_shared<const std::string>("\0\0\0\2{}", 6);
        // Inside a body it would have to wait, and say nothing.
        if (!closing_ && queue_.body_left() == 0 && !queue_.post(frame)) start_writing();
    }

    static asio::awaitable<void> shut_down(std::shared_ptr<connection_state> self) {
        error_code ignored;
        if constexpr (requires(Stream & stream) { stream.async_shutdown(asio::use_awaitable); }) {
            co_await self->stream_.async_shutdown(
                asio::redirect_error(asio::use_awaitable, ignored));
        } else {
            self->lowest_layer().shutdown(asio::socket_base::shutdown_send, ignored);
        }
    }

    /// Drops what still comes: a socket closed with unread bytes takes back what it has sent.
    asio::awaitable<void> drain() {
        if (!receiving_) incoming_.reset(); // else bytes are on their way into it
        if (receive()) co_await readable_.wait();
    }

    Stream stream_;
    connection_options options_;
    condition readable_; // bytes have come, or no more will
    condition writable_; // there is room in the queue, or nothing more is sent
    asio::steady_timer timer_;
    liveness::time_point timer_due_ = liveness::never;
    limits allowed_; // now
    reassembler<Header> incoming_;
    std::unique_ptr<streamed> streamed_; // once a frame was read in pieces
    encoder<Header> encoder_;
    send_queue queue_;
    liveness alive_;
    std::vector<asio::const_buffer> buffers_;
    std::size_t offer_ = least_offer;
    std::uint64_t received_ = 0;
    std::uint64_t streamed_bytes_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t streamed_frames_ = 0;
    std::function<void()> on_authenticated_;
    fault fault_;
    error_code failure_;
    std::optional<int> unsent_; // what the system held at the half of a stall
    bool suspected_ = false;    // that was just now
    bool receiving_ = false;
    bool input_ended_ = false;
    bool writing_ = false;
    bool stopped_ = false;
    bool closing_ = false;
};

} // namespace detail
} // namespace framing::inline v0::net
