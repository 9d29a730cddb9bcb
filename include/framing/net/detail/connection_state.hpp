// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/liveness.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/condition.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/frame_reader.hpp>
#include <framing/net/detail/unsent_bytes.hpp>
#include <framing/net/error.hpp>
#include <framing/send_queue.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

namespace detail {

/// What an operation came to.
template <class T>
struct outcome {
    error_code error;
    T value{};
};

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
          incoming_(options.limits_before_authentication.value_or(options.limits),
                    options.max_streamed_body),
          encoder_(options.limits), queue_(options.marks),
          alive_(half_stall(options.times), now()) {}

    [[nodiscard]] Stream& stream() { return stream_; }
    [[nodiscard]] const connection_options& options() const { return options_; }
    [[nodiscard]] asio::any_io_executor executor() { return stream_.get_executor(); }
    [[nodiscard]] condition& readable() { return readable_; }
    [[nodiscard]] condition& writable() { return writable_; }
    [[nodiscard]] const fault& error() const { return incoming_.error(); }
    [[nodiscard]] error_code failure() const { return failure_; }
    [[nodiscard]] send_queue& queue() { return queue_; }
    [[nodiscard]] encoder<Header>& frame_encoder() { return encoder_; }
    [[nodiscard]] bool is_stopped() const { return stopped_; }
    [[nodiscard]] bool can_send() const { return !failure_ && !closing_; }

    /// Lets the deadlines run.
    void start() {
        error_code ignored; // it would only not be tried
        if constexpr (tries) lowest_layer().non_blocking(true, ignored);
        arm_timer();
    }

    void authenticated() {
        alive_.authenticated();
        incoming_.set_limits(options_.limits);
        if (on_authenticated_) on_authenticated_();
    }
    void on_authenticated(std::function<void()> action) { on_authenticated_ = std::move(action); }

    /// The outcome of a read, by a member of the reader; nothing as long as it depends on bytes
    /// that have not come.
    template <class T>
    std::optional<outcome<T>> try_read(std::optional<T> (frame_reader<Header>::*next)()) {
        if (stopped_) return outcome<T>{};
        try {
            if (const std::optional<T> found = (incoming_.*next)()) {
                alive_.rests();
                return outcome<T>{{}, *found};
            }
            if (incoming_.look_for_fault())
                return outcome<T>{error_code(incoming_.error().code), {}};
        } catch (const std::bad_alloc&) {
            fail(asio::error::no_memory);
            return outcome<T>{failure_, {}};
        }
        if (incoming_.ended()) return outcome<T>{};
        if (failure_) return outcome<T>{failure_, {}};
        return std::nullopt;
    }

    /// Sees to it that bytes come. Returns: whether they still can; `readable` then changes.
    [[nodiscard]] bool receive() {
        if (incoming_.ended() || failure_) return false;
        alive_.listens(incoming_.in_frame(), now());
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
        if (std::exchange(writing_, true)) return; // and the clock runs since it began
        alive_.queued(now());
        arm_timer();
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
            while (!self->incoming_.ended() && !self->failure_) co_await self->drain();
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

    /// Whether the stream can write what leaves at once, without an operation and its costs.
    static constexpr bool tries = requires(Stream & stream, error_code error) {
        stream.write_now(std::span<const asio::const_buffer>(), error);
    };

    /// A stall is found in two halves, see `is_stalled`.
    static deadlines half_stall(deadlines times) {
        times.write_stall /= 2;
        return times;
    }

    static liveness::time_point now() { return std::chrono::steady_clock::now(); }

    auto& lowest_layer() { return stream_.lowest_layer(); }

    void received(error_code error, std::size_t size) {
        receiving_ = false;
        if (size != 0) {
            alive_.received(now());
            incoming_.commit(size);
            adapt(size);
        }
        if (error == asio::error::eof)
            incoming_.end();
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
        if (failure_ || queue_.sendable() == 0 || !fill_buffers()) return;
        if constexpr (tries) {
            error_code error;
            const std::size_t size =
                stream_.write_now(std::span<const asio::const_buffer>(buffers_), error);
            if (!error) {
                queue_.sent(size);
                alive_.sent(queue_.sendable() != 0, now());
                suspected_ = false;
                if (queue_.has_room_for_body()) writable_.notify();
                if (queue_.sendable() == 0 || !fill_buffers()) return arm_timer();
            }
        }
        writing_ = true;
        stream_.async_write_some(
            std::span<const asio::const_buffer>(buffers_),
            asio::bind_executor(
                executor(), [self = this->shared_from_this()](error_code error, std::size_t size) {
                    self->wrote(error, size);
                }));
    }

    /// Returns: whether there is anything to be written.
    bool fill_buffers() {
        try {
            buffers_.clear();
            for (const std::span<const std::byte> piece : queue_.next())
                buffers_.emplace_back(piece.data(), piece.size());
        } catch (const std::bad_alloc&) {
            fail(asio::error::no_memory);
            return false;
        }
        return !buffers_.empty();
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
        shrink();
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

    /// Gives back what a burst has taken.
    void shrink() {
        queue_.shrink();
        if (!writing_) std::vector<asio::const_buffer>().swap(buffers_);
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
        if (!receiving_) incoming_.drop(); // else bytes are on their way into it
        if (receive()) co_await readable_.wait();
    }

    Stream stream_;
    connection_options options_;
    condition readable_; // bytes have come, or no more will
    condition writable_; // there is room in the queue, or nothing more is sent
    asio::steady_timer timer_;
    liveness::time_point timer_due_ = liveness::never;
    frame_reader<Header> incoming_;
    encoder<Header> encoder_;
    send_queue queue_;
    liveness alive_;
    std::vector<asio::const_buffer> buffers_;
    std::size_t offer_ = least_offer;
    std::function<void()> on_authenticated_;
    error_code failure_;
    std::optional<int> unsent_; // what the system held at the half of a stall
    bool suspected_ = false;    // that was just now
    bool receiving_ = false;
    bool writing_ = false;
    bool stopped_ = false;
    bool closing_ = false;
};

} // namespace detail
} // namespace framing::inline v0::net
