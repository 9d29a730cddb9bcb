// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/liveness.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/async_stream.hpp>
#include <framing/net/condition.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/flush_group.hpp>
#include <framing/net/detail/frame_reader.hpp>
#include <framing/net/detail/from_now.hpp>
#include <framing/net/detail/held_bytes.hpp>
#include <framing/net/detail/parking.hpp>
#include <framing/net/detail/stream.hpp>
#include <framing/net/detail/unsent_bytes.hpp>
#include <framing/net/error.hpp>
#include <framing/send_queue.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
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
class connection_state final
    : public flushable,
      public std::enable_shared_from_this<connection_state<Stream, Header>> {
    static_assert(async_stream<Stream>, "a connection needs an async_stream");

public:
    template <class Arg>
    connection_state(const connection_options& options, Arg&& stream)
        : stream_(std::forward<Arg>(stream)), options_(options), writable_(stream_.get_executor()),
          timer_(stream_.get_executor()),
          incoming_(options.limits_before_authentication.value_or(options.limits),
                    options.max_streamed_body),
          encoder_(options.limits), queue_(options.marks),
          alive_(half_stall(options.times), now()) {}
    connection_state(const connection_state&) = delete;
    connection_state& operator=(const connection_state&) = delete;
    ~connection_state() { count(0); }

    [[nodiscard]] Stream& stream() { return stream_; }
    [[nodiscard]] const connection_options& options() const { return options_; }
    [[nodiscard]] asio::any_io_executor executor() { return stream_.get_executor(); }
    [[nodiscard]] condition& writable() { return writable_; }
    [[nodiscard]] const fault& error() const { return incoming_.error(); }
    [[nodiscard]] error_code failure() const { return failure_; }
    [[nodiscard]] send_queue& queue() { return queue_; }
    [[nodiscard]] encoder<Header>& frame_encoder() { return encoder_; }
    [[nodiscard]] std::size_t held() const { return incoming_.buffered() + queue_.own_size(); }
    [[nodiscard]] bool is_stopped() const { return stopped_; }
    [[nodiscard]] bool has_ended() const {
        return stopped_ || failure_ || incoming_.ended() || incoming_.error();
    }
    [[nodiscard]] bool can_send() const { return !failure_ && !closing_; }

    /// Lets the deadlines run.
    void start() {
        error_code ignored; // it would only not be tried
        if constexpr (can_write_now<Stream>) lowest_layer_of(stream_).non_blocking(true, ignored);
        arm_timer();
    }

    void authenticated() {
        alive_.authenticated();
        incoming_.set_limits(options_.limits);
        if (options_.on_authenticated) options_.on_authenticated();
    }

    /// Whether a read may have an outcome already.
    [[nodiscard]] bool may_answer() const {
        return has_ended() || incoming_.has_more() || is_read();
    }

    /// What is read by `Next`: a member of the reader, or what is called with it.
    template <class Next>
    using found_by = typename std::invoke_result_t<Next, frame_reader<Header>&>::value_type;

    /// The outcome of such a read; nothing as long as it depends on bytes that have not come.
    template <class Next, class T = found_by<Next>>
    std::optional<outcome<T>> try_read(const Next& next) {
        if (aborted_) return outcome<T>{failure_, {}};
        if (stopped_) return outcome<T>{}; // also while `close` reads
        if (is_read()) return outcome<T>{asio::error::already_started, {}};
        try {
            if (const std::optional<T> found = std::invoke(next, incoming_)) {
                alive_.rests();
                return outcome<T>{{}, *found};
            }
            if (incoming_.look_for_fault()) {
                writable_.notify(); // who waits for the end of reads
                return outcome<T>{error_code(incoming_.error().code), {}};
            }
        } catch (const std::bad_alloc&) {
            fail(asio::error::no_memory);
            return outcome<T>{failure_, {}};
        }
        if (incoming_.ended()) return outcome<T>{};
        if (failure_) return outcome<T>{failure_, {}};
        return std::nullopt;
    }

    /// As much of a body as has come and fits: what waits here, then what the stream has.
    std::optional<std::size_t> take_body(std::span<std::byte> room) {
        std::size_t size = 0;
        while (size != room.size()) {
            const auto copied = incoming_.copy_piece(room.subspan(size));
            if (!copied) break;
            if (*copied == 0) return size;
            size += *copied;
        }
        if (reader_ == nullptr && !incoming_.ended() && !failure_ && !had_its_turn())
            size += read_past_buffer(room.subspan(size));
        if (size == 0) return std::nullopt;
        return size;
    }

    /// Whether others should have their turn before more is read or written without waiting.
    [[nodiscard]] bool had_its_turn() const { return at_once_ >= most_at_once; }

    /// Lets what is queued leave, as this reader has no more to say about it, and sees to it that
    /// bytes come. Returns: whether they still can; who waits by `park` is then woken.
    [[nodiscard]] bool receive() {
        in_use_ = true;
        flush();
        count(held());
        if (incoming_.ended() || failure_) return false;
        alive_.listens(incoming_.in_frame(), now());
        arm_timer();
        if (reader_ != nullptr) return true;
        try {
            if (!spare_reader_) spare_reader_ = std::make_unique<parking>();
            const std::span<std::byte> room = incoming_.prepare(offer_);
            reader_ = spare_reader_.get();
            stream_.async_read_some(
                asio::buffer(room.data(), room.size()),
                [self = this->shared_from_this(),
                 reader = std::move(spare_reader_)](error_code error, std::size_t size) mutable {
                    self->received(error, size, std::move(reader));
                });
        } catch (const std::bad_alloc&) {
            reader_ = nullptr;
            fail(asio::error::no_memory);
        }
        return !failure_;
    }

    /// Where the one who reads waits. Pre: `receive` has said so.
    template <class Handler>
    void park(Handler handler) {
        reader_->park(executor(), std::move(handler));
    }

    /// Waits there.
    asio::awaitable<void> bytes() {
        return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
            [this](auto handler) { this->park(std::move(handler)); }, asio::use_awaitable);
    }

    /// Queues what `add` adds, if it can still leave.
    template <class Add>
    std::error_code enqueue(const Add& add) {
        if (failure_) return failure_;
        if (closing_) return errc::closed;
        in_use_ = true;
        const std::error_code result = add(queue_);
        count(held());
        if (!result && queue_.sendable() != 0) start_writing();
        return result;
    }

    /// Queues one frame, or writes what the stream takes of it at once: the copy of a large body
    /// costs more than a write of its own.
    std::error_code write(const Header& header, byte_view body) {
        if (queue_.body_left() != 0 || !leaves_unqueued(body.size()))
            return queue_.write(encoder_, header, body);
        if (const auto error = queue_.write_head(encoder_, header, body.size())) return error;
        return write_unqueued(body.bytes());
    }

    /// As above, the next piece of a body.
    std::error_code write_body(byte_view piece) {
        if (queue_.sendable() != 0 || piece.size() > queue_.body_left() ||
            !leaves_unqueued(piece.size()))
            return queue_.write_body(piece);
        return write_unqueued(piece.bytes());
    }

    void start_writing() {
        if (writing_) return; // and the clock runs since it began
        if (const std::size_t queued = queue_.sendable(); queued >= most_delayed) {
            flush();
            return count_at_once(queued - queue_.sendable());
        }
        // What else is queued until then leaves in the same write.
        if (in_turn_ || flush_is_due_) return;
        if (!options_.flushes) options_.flushes = std::make_shared<flush_group>(executor());
        options_.flushes->add(this->weak_from_this());
        flush_is_due_ = true;
    }

    void flush_now() override {
        flush_is_due_ = false;
        flush();
    }

    /// No more reads.
    void stop() {
        stopped_ = true;
        wake_reader();
        writable_.notify();
    }

    /// Ends the connection at once; the first reason is the one that counts.
    void fail(error_code why) {
        if (failure_) return;
        failure_ = why;
        count(0);
        close_at_once(stream_);
        timer_.cancel();
        wake_reader();
        writable_.notify();
    }

    /// Ends the connection at once, and what has come is not read any more.
    void abort(error_code why) {
        aborted_ = true;
        fail(why);
    }

    /// Lets what is queued leave, says that no more comes, waits until the peer has seen that, and
    /// closes. Each takes a bounded time.
    static asio::awaitable<error_code> close(std::shared_ptr<connection_state> self) {
        condition& writable = self->writable_;
        if (std::exchange(self->closing_, true)) { // another one does all that
            while (!self->closed_ && !self->failure_) co_await writable.wait();
            co_return self->closed_.value_or(self->failure_);
        }
        self->stop();
        const auto deadline = from_now(self->options_.close_time);
        asio::steady_timer timer(self->executor(), deadline);
        timer.async_wait([self](error_code) { self->writable_.notify(); });
        while ((self->queue_.sendable() != 0 || self->writing_) && !self->failure_ &&
               now() < deadline)
            co_await writable.wait();
        const bool whole = self->queue_.empty() && self->queue_.body_left() == 0 && !self->writing_;
        timer.expires_at(from_now(self->options_.linger_time));
        timer.async_wait([self](error_code cancelled) {
            if (!cancelled) self->fail(errc::closed);
        });
        const bool was_open = !self->failure_;
        if (was_open && whole && co_await shut_down(self))
            while (!self->incoming_.ended() && !self->failure_) co_await self->drain();
        timer.cancel();
        const error_code failure = self->failure_;
        error_code result;
        if (!was_open || !whole) result = failure ? failure : error_code(errc::write_stalled);
        self->closed_ = result;
        self->fail(errc::closed);
        co_return result;
    }

private:
    static constexpr std::size_t least_offer = 2 * 1024;
    static constexpr std::size_t most_offer = 64 * 1024;

    /// A body from here on is not copied where it can leave at once.
    static constexpr std::size_t large_body = 16 * 1024;
    /// So much does not wait for the end of a turn.
    static constexpr std::size_t most_delayed = 64 * 1024;
    /// So much is read past the buffer, and written, before others have their turn.
    static constexpr std::size_t most_at_once = 256 * 1024;

    /// Whether somebody waits for bytes.
    [[nodiscard]] bool is_read() const { return reader_ != nullptr && reader_->is_taken(); }

    /// A stall is found in two halves, see `is_stalled`.
    static deadlines half_stall(deadlines times) {
        times.write_stall /= 2;
        return times;
    }

    void count(std::size_t held) {
        if (options_.held && (!failure_ || held == 0)) options_.held->change(counted_, held);
    }

    static liveness::time_point now() { return std::chrono::steady_clock::now(); }

    void received(error_code error, std::size_t size, std::unique_ptr<parking> reader) {
        reader_ = nullptr;
        if (size != 0) {
            alive_.received(now());
            incoming_.commit(size);
            count(held());
            adapt(size);
        }
        if (error == asio::error::eof) {
            incoming_.end();
            writable_.notify();
        } else if (error && !drains_socket_) {
            fail(error);
        }
        in_turn_ = true;
        try {
            reader->wake(executor());
        } catch (...) { // of the user's
            in_turn_ = false;
            start_writing();
            throw;
        }
        in_turn_ = false;
        spare_reader_ = std::move(reader);
        flush();
    }

    /// From the executor's loop, as whoever calls may be in the midst of something.
    void wake_reader() {
        if (reader_ != nullptr) reader_->post(executor());
    }

    /// Offers the next read what the last one suggests: an idle connection should cost little.
    void adapt(std::size_t size) {
        if (size == offer_)
            offer_ = (std::min)(4 * offer_, most_offer);
        else if (size < offer_ / 4)
            offer_ = (std::max)(offer_ / 2, least_offer);
    }

    /// Room for the pieces of a write, and a body that was not queued.
    using pieces = std::array<asio::const_buffer, send_queue::most_pieces + 1>;

    /// Lets what is queued leave: at once what the stream takes, the rest as it can.
    void flush() {
        if (writing_ || failure_ || queue_.sendable() == 0) return;
        pieces room;
        do {
            const gathered offered = gather(room);
            const std::size_t size = write_now(stream_, offered);
            if (size != 0) sent(size);
            if (offered.empty() || size != asio::buffer_size(offered)) return write_later();
        } while (queue_.sendable() != 0);
    }

    /// What is to be written next; empty where there is no memory for it.
    gathered gather(pieces& room) {
        std::size_t count = 0;
        try {
            for (const std::span<const std::byte> piece : queue_.next())
                room[count++] = asio::const_buffer(piece.data(), piece.size());
        } catch (const std::bad_alloc&) {
            fail(asio::error::no_memory);
        }
        return gathered(room).first(count);
    }

    void write_later() {
        if (failure_) return;
        try {
            pieces room;
            const gathered offered = gather(room);
            if (failure_) return;
            buffers_.assign(offered.begin(), offered.end());
            alive_.queued(now());
            arm_timer();
            writing_ = true;
            stream_.async_write_some(gathered(buffers_), [self = this->shared_from_this()](
                                                             error_code error, std::size_t size) {
                self->wrote(error, size);
            });
        } catch (const std::bad_alloc&) {
            writing_ = false;
            fail(asio::error::no_memory);
        }
    }

    /// What the stream has of a body that nothing waits here of.
    std::size_t read_past_buffer(std::span<std::byte> room) {
        const auto most = (std::min<std::uint64_t>)(incoming_.direct(), room.size());
        if (most == 0) return 0;
        const std::size_t size = read_now(stream_, room.first(static_cast<std::size_t>(most)));
        if (size == 0) return 0;
        alive_.received(now());
        incoming_.pass(size);
        count_at_once(size);
        return size;
    }

    void count_at_once(std::size_t size) {
        const bool before = had_its_turn();
        at_once_ += size;
        if (before || !had_its_turn()) return;
        try {
            asio::post(executor(), [self = this->shared_from_this()] {
                self->at_once_ = 0;
                self->writable_.notify();
            });
        } catch (const std::bad_alloc&) { // the others have to wait
            at_once_ = 0;
        }
    }

    [[nodiscard]] bool leaves_unqueued(std::size_t body) const {
        return can_write_now<Stream> && body >= large_body && !writing_;
    }

    std::error_code write_unqueued(std::span<const std::byte> body) {
        pieces room;
        const gathered queued = gather(room);
        std::size_t of_body = 0;
        if (asio::buffer_size(queued) == queue_.sendable()) {
            room[queued.size()] = asio::const_buffer(body.data(), body.size());
            const std::size_t size = write_now(stream_, gathered(room).first(queued.size() + 1));
            const std::size_t of_queue = (std::min)(size, queue_.sendable());
            if (of_queue != 0) sent(of_queue);
            of_body = size - of_queue;
        }
        try {
            queue_.write_rest(body, of_body);
        } catch (const std::bad_alloc&) {
            fail(asio::error::no_memory); // half of the frame may have left
        }
        count_at_once(of_body);
        if (queue_.sendable() != 0) write_later();
        return failure_;
    }

    void wrote(error_code error, std::size_t size) {
        writing_ = false;
        if (failure_) return;
        sent(size);
        if (error) return fail(error);
        flush();
        if constexpr (holds_back<Stream>)
            if (!writing_) return flush_stream();
        arm_timer(); // a heartbeat may be due before a stall would have been
    }

    void flush_stream() {
        writing_ = true;
        stream_.async_flush([self = this->shared_from_this()](error_code error, std::size_t) {
            self->writing_ = false;
            if (self->failure_) return;
            if (error) return self->fail(error);
            self->writable_.notify();
            self->flush();
            self->arm_timer();
        });
    }

    void sent(std::size_t size) {
        queue_.sent(size);
        count(held());
        alive_.sent(queue_.sendable() != 0, now());
        suspected_ = false;
        if (queue_.has_room_for_body()) writable_.notify();
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
        const std::optional<int> before =
            std::exchange(unsent_, unsent_bytes(lowest_layer_of(stream_)));
        if (!std::exchange(suspected_, true)) return false;
        return !before || !unsent_ || *unsent_ >= *before;
    }

    void send_heartbeat() {
        static const auto frame = std::make_shared<const std::string>("\0\0\0\2{}", 6);
        if (options_.handshake_first && !in_use_) return;
        // Inside a body it would have to wait, and say nothing.
        if (!closing_ && queue_.body_left() == 0 && !queue_.post(frame)) start_writing();
    }

    /// Says that no more comes. Returns: whether the peer can know that before the stream closes.
    static asio::awaitable<bool> shut_down(std::shared_ptr<connection_state> self) {
        error_code error;
        if constexpr (has_async_shutdown<Stream>) {
            co_await self->stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
            if (error) co_await drain_socket(self);
        } else {
            end_output(self->stream_);
        }
        co_return half_closes<Stream>;
    }

    /// TLS has said its end, but ends itself where the peer has not done so and talks on: it is the
    /// stream below that is drained then.
    static asio::awaitable<void> drain_socket(std::shared_ptr<connection_state> self) {
        self->drains_socket_ = true;
        end_output(self->stream_);
        error_code error;
        std::vector<std::byte> room(least_offer);
        while (!error && !self->failure_)
            co_await layer_below(self->stream_)
                .async_read_some(asio::buffer(room),
                                 asio::redirect_error(asio::use_awaitable, error));
        self->incoming_.end();
    }

    /// Drops what still comes: a socket closed with unread bytes takes back what it has sent.
    asio::awaitable<void> drain() {
        if (reader_ == nullptr) incoming_.drop(); // else bytes are on their way into it
        if (receive()) co_await bytes();
    }

    Stream stream_;
    connection_options options_;
    condition writable_; // there is room in the queue, nothing more is sent, or it has ended
    asio::steady_timer timer_;
    liveness::time_point timer_due_ = liveness::never;
    frame_reader<Header> incoming_;
    encoder<Header> encoder_;
    send_queue queue_;
    liveness alive_;
    std::vector<asio::const_buffer> buffers_;
    std::size_t offer_ = least_offer;
    std::size_t at_once_ = 0;   // of most_at_once
    std::size_t counted_ = 0;   // of what it holds
    parking* reader_ = nullptr; // of the read under way, which owns it
    std::unique_ptr<parking> spare_reader_;
    error_code failure_;
    std::optional<error_code> closed_; // what `close` came to
    std::optional<int> unsent_;        // what the system held at the half of a stall
    bool suspected_ = false;           // that was just now
    bool in_turn_ = false;             // who reads was woken, and has not come back
    bool flush_is_due_ = false;
    bool writing_ = false;
    bool in_use_ = false;        // somebody reads or writes frames
    bool drains_socket_ = false; // from which nobody else can read any more
    bool stopped_ = false;
    bool aborted_ = false;
    bool closing_ = false;
};

} // namespace detail
} // namespace framing::inline v0::net
