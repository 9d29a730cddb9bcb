// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/connection_state.hpp>
#include <framing/net/detail/frame_reader.hpp>
#include <framing/net/detail/nameless.hpp>
#include <framing/net/error.hpp>
#include <framing/nlohmann.hpp>
#include <framing/send_queue.hpp>
#include <framing/shared_frames.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace framing::inline v0::net {

/// As the core has it.
using framing::frame_head;

/// Frames over a stream: a TCP or Unix-domain socket, TLS over one, or any other that is an
/// async_stream.
///
///     while (const auto* frame = co_await peer.read())
///         co_await peer.write(frame->header, frame->body);
///
/// What is sent waits in one queue, its only writer, so that frames never mix, whoever writes them
/// and whenever. Keep-alives are sent when nothing else is, and those of the peer (a header `{}`
/// without a body) are not delivered. Deadlines end the connection: reads and writes then fail with
/// a net::errc.
///
/// Operations take any completion token, and complete with what their signature says; without one
/// they are awaitables, which begin when awaited, and throw the error as system_error. A handler is
/// never called inside the call. Cancelled, they complete with asio::error::operation_aborted and
/// have done nothing; once the connection has ended, with what `failure` says. One read at a time:
/// another is asio::error::already_started.
///
/// An object and its operations belong on one thread, or on a strand that is the stream's executor.
/// Destroying it closes the stream at once and ends all operations, which keep what they need
/// alive: `close` before that, so that what is queued still leaves.
///
/// Invalidates: each read, `try_read_head` and `try_read_body` too, `close` and the destructor end
/// what the one before gave; nothing else does.
///
/// Throws: std::bad_alloc, where there is no memory for an operation or for what is queued, from
/// the call, from where it is awaited or from the executor's loop; likewise what a header type
/// throws.
template <class Stream = stream_socket, class Header = nlohmann::json>
class connection {
public:
    /// What frames go over.
    using stream_type = Stream;
    /// What their headers are read as.
    using header_type = Header;

    /// Over `stream`: one to be moved in, or what it is made of. Deadlines run from here on.
    /// Throws: what making the stream, or an asio::steady_timer, does.
    template <class Arg>
    requires std::constructible_from<Stream, Arg>
    explicit connection(Arg&& stream, const connection_options& options = {})
        : state_(std::make_shared<state>(options, std::forward<Arg>(stream))) {
        state_->start();
    }
    /// A connection that was moved from is only good to be destroyed or assigned to.
    connection(connection&&) noexcept = default;
    /// Closes the stream it had at once.
    connection& operator=(connection&& other) noexcept {
        const connection old(std::move(*this));
        state_ = std::move(other.state_);
        return *this;
    }
    /// Aborts.
    ~connection() {
        if (state_) state_->abort(errc::closed);
    }

    /// The stream, for its options and addresses; whoever else reads or writes breaks the frames.
    [[nodiscard]] Stream& stream() { return state_->stream(); }
    /// The stream's executor, by which all happens.
    [[nodiscard]] asio::any_io_executor get_executor() { return state_->executor(); }

    /// Reads one frame: `void(error_code, frame<Header>*)`. It lives until the next read; nullptr
    /// at the end of the stream, or after `stop`. What a violation of the format or an end inside a
    /// frame gives is a framing::errc; `error` then has the details.
    ///
    /// Throws: when awaited, system_error.
    template <class Token = asio::use_awaitable_t<>>
    auto read(Token&& token = Token()) {
        return read_by(&reader::next_frame, std::forward<Token>(token));
    }

    /// Reads a frame without its body, which `read_body` then gives in pieces, so that it may be
    /// larger than memory: `void(error_code, frame_head<Header>*)`. Everything else is as in
    /// `read`. Each read begins with the next frame, wherever the last one was left: what was not
    /// read of a body is gone, also where that read is cancelled.
    template <class Token = asio::use_awaitable_t<>>
    auto read_head(Token&& token = Token()) {
        return read_by(&reader::next_head, std::forward<Token>(token));
    }

    /// Reads the next piece of the body: `void(error_code, std::span<const std::byte>)`. It lives
    /// until the next read; an empty one is the body's end. Everything else is as in `read`: after
    /// a `stop` there is an empty one, too, and only who counts knows whether the body is whole.
    template <class Token = asio::use_awaitable_t<>>
    auto read_body(Token&& token = Token()) {
        return read_by(&reader::next_piece, std::forward<Token>(token));
    }

    /// As above, into memory of the caller's, which lives until this completes:
    /// `void(error_code, std::size_t)`, how many bytes there are now; none is the body's end. What
    /// the stream has is read without a copy between. Pre: there is room.
    template <class Token = asio::use_awaitable_t<>>
    auto read_body_into(std::span<std::byte> room, Token&& token = Token()) {
        assert(!room.empty() && "there is no room for a piece of a body");
        return read_by([here = state_.get(), room](reader&) { return here->take_body(room); },
                       std::forward<Token>(token));
    }

    /// What `read_head` would give without waiting; nullptr where it would wait, or fail. For what
    /// came in one piece this is far cheaper than an operation for each frame; whoever goes on so
    /// should let others have their turn now and then. It lives until the next read.
    [[nodiscard]] frame_head<Header>* try_read_head() {
        return try_read(&reader::next_head).value_or(nullptr);
    }
    /// As above, what `read_body` would give; nullopt where it would wait, or fail.
    [[nodiscard]] std::optional<std::span<const std::byte>> try_read_body() {
        return try_read(&reader::next_piece);
    }

    /// Waits until little enough is queued, then queues one frame: `void(error_code)`. Header and
    /// body have to live until it completes. Cancelled before, nothing of the frame is sent. Where
    /// several writes wait, any may go first.
    ///
    /// The header has a name: a braced list does not compile, as g++ 12 would destroy it twice
    /// where the call is awaited.
    ///
    /// Errors: what an encoder says, or what has ended the connection; errc::closed after `close`;
    /// std::errc::no_buffer_space above the hard mark, where that is below the high one.
    ///
    /// Throws: when awaited, system_error.
    template <class GiveTheHeaderANameFirst, class Token = asio::use_awaitable_t<>>
    requires std::same_as<GiveTheHeaderANameFirst, Header>
    auto write(const GiveTheHeaderANameFirst& header, byte_view body = {},
               Token&& token = Token()) {
        return write_by(
            [here = state_.get(), &header, body](send_queue&) { return here->write(header, body); },
            std::forward<Token>(token));
    }
    /// As above, where g++ 12 would compile a header that kills the program.
    template <class GiveTheHeaderANameFirst, class Token = asio::use_awaitable_t<>>
    requires detail::nameless<GiveTheHeaderANameFirst, Header>
    [[FRAMING_NAME_IT_FIRST]] auto write(const GiveTheHeaderANameFirst&& header,
                                         byte_view body = {}, Token&& token = Token()) {
        return write(header, body, std::forward<Token>(token));
    }

    /// As `write`, for a body that follows in pieces: exactly `body_size` bytes, by `write_body`.
    /// Frames written or posted before it is complete leave behind it, so that who writes the body
    /// should not await another `write` in between: with much queued that waits for the body.
    /// Another head is std::errc::operation_in_progress.
    template <class GiveTheHeaderANameFirst, class Token = asio::use_awaitable_t<>>
    requires std::same_as<GiveTheHeaderANameFirst, Header>
    auto write_head(const GiveTheHeaderANameFirst& header, std::uint64_t body_size,
                    Token&& token = Token()) {
        return write_by(
            [here = state_.get(), &header, body_size](send_queue& queue) {
                return queue.write_head(here->frame_encoder(), header, body_size);
            },
            std::forward<Token>(token));
    }
    /// As above, where g++ 12 would compile a header that kills the program.
    template <class GiveTheHeaderANameFirst, class Token = asio::use_awaitable_t<>>
    requires detail::nameless<GiveTheHeaderANameFirst, Header>
    [[FRAMING_NAME_IT_FIRST]] auto write_head(const GiveTheHeaderANameFirst&& header,
                                              std::uint64_t body_size, Token&& token = Token()) {
        return write_head(header, body_size, std::forward<Token>(token));
    }
    /// Waits as `write` does, but not for frames behind the body, then queues its next bytes:
    /// `void(error_code)`. They have to live until it completes. More of them than are left of the
    /// body are std::errc::invalid_argument, and then none is sent.
    template <class Token = asio::use_awaitable_t<>>
    auto write_body(byte_view piece, Token&& token = Token()) {
        return write_by(
            [here = state_.get(), piece](send_queue&) { return here->write_body(piece); },
            std::forward<Token>(token), &send_queue::has_room_for_body);
    }

    /// Waits until little enough is queued, for a sender that posts: `void(error_code)`, an error
    /// as of `write`.
    template <class Token = asio::use_awaitable_t<>>
    auto room(Token&& token = Token()) {
        return write_by([](send_queue&) { return std::error_code(); }, std::forward<Token>(token));
    }

    /// Whether that would not wait.
    [[nodiscard]] bool has_room() const {
        return !state_->had_its_turn() && state_->queue().has_room();
    }

    /// Queues one frame without waiting, all of it or nothing.
    ///
    /// Returns: success; or an error as of `write`, std::errc::no_buffer_space where the hard mark
    /// would be passed, and then nothing is queued.
    ///
    /// Throws: what the header type throws, and then nothing is queued.
    [[nodiscard]] std::error_code post(const Header& header, byte_view body = {}) {
        return state_->enqueue(
            [&](send_queue& queue) { return queue.post(state_->frame_encoder(), header, body); });
    }
    /// As above, for frames that other connections share.
    [[nodiscard]] std::error_code post(const shared_frames& frames) {
        return state_->enqueue([&](send_queue& queue) { return queue.post(frames); });
    }

    /// The bytes that wait to be sent.
    [[nodiscard]] std::size_t queued() const { return state_->queue().size(); }

    /// The peer has shown who it is: no more deadline for that, and the limits for strangers end.
    /// Throws: what `on_authenticated` does.
    void authenticated() { state_->authenticated(); }

    /// Reads give no more frames, those that wait included: they complete with nothing, and no
    /// error.
    void stop() { state_->stop(); }
    /// Whether `stop` or `close` was called.
    [[nodiscard]] bool stopped() const { return state_->is_stopped(); }

    /// Lets what is queued leave and closes the stream, in bounded times: `void(error_code)`, with
    /// an error when not everything left: `failure`, or errc::write_stalled. From then on reads
    /// give nothing, as after a `stop`, and writes fail with errc::closed. It cannot be cancelled;
    /// `abort` ends it. Called again, it comes to what the first one does.
    ///
    /// Throws: when awaited, system_error.
    template <class Token = asio::use_awaitable_t<>>
    auto close(Token&& token = Token()) {
        return asio::async_initiate<Token, void(error_code)>(
            [state = state_](auto handler) {
                const auto executor = asio::get_associated_executor(handler, state->executor());
                asio::co_spawn(state->executor(), state::close(state),
                               asio::bind_executor(executor, [handler = std::move(handler)](
                                                                 std::exception_ptr error,
                                                                 error_code result) mutable {
                                   if (error) std::rethrow_exception(error);
                                   std::move(handler)(result);
                               }));
            },
            token);
    }

    /// Waits until it ends, or its reads do, whatever the reason: `void(error_code)`, an error only
    /// where the wait is cancelled. That the peer has gone shows where somebody reads.
    ///
    /// Throws: when awaited, system_error.
    template <class Token = asio::use_awaitable_t<>>
    auto ended(Token&& token = Token()) {
        return wait_by([here = state_.get()] { return here->has_ended(); },
                       [] { return error_code(); }, std::forward<Token>(token));
    }

    /// Ends the connection at once: operations fail with `why`, or what had ended it before, and
    /// what has come is not read any more.
    void abort(error_code why = errc::closed) { state_->abort(why); }

    /// What it is called in the log.
    [[nodiscard]] const std::string& name() const { return state_->options().name; }

    /// How many bytes it holds: what has come and waits to be read, and what waits to be sent, but
    /// what others share.
    [[nodiscard]] std::size_t held() const { return state_->held(); }

    /// What ended the connection; success while it lives.
    [[nodiscard]] error_code failure() const { return state_->failure(); }

    /// What was wrong with the peer's stream, in detail; false while nothing is.
    [[nodiscard]] const fault& error() const { return state_->error(); }

private:
    using state = detail::connection_state<Stream, Header>;
    using reader = detail::frame_reader<Header>;

    // What an operation does is done in the step in which it completes, after a look at whether it
    // was cancelled: one that loses a race has done nothing.

    template <class Next>
    using found_by = typename state::template found_by<Next>;

    template <class Next>
    struct read_operation {
        std::shared_ptr<state> at;
        Next next;
        bool initiated = false;

        template <class Self>
        void operator()(Self& self) {
            const std::shared_ptr<state> here = at; // which the moves below take away
            if (!std::exchange(initiated, true)) {
                self.reset_cancellation_state(asio::enable_total_cancellation());
                constexpr bool is_of_body = !std::is_pointer_v<found_by<Next>>;
                if (is_of_body || here->may_answer() || !here->receive())
                    return asio::post(here->executor(), std::move(self)); // never from inside
                return here->park(std::move(self));
            }
            if (self.get_cancellation_state().cancelled() != asio::cancellation_type::none)
                return self.complete(asio::error::operation_aborted, found_by<Next>());
            auto result = here->try_read(next);
            if (!result && here->receive()) return here->park(std::move(self));
            if (!result) result = here->try_read(next); // what has ended it
            self.complete(result->error, result->value);
        }
    };

    /// Waits until `ready()`, then comes to what `finish()` gives.
    template <class Ready, class Finish>
    struct waiting_operation {
        std::shared_ptr<state> at;
        Ready ready;
        Finish finish;
        bool initiated = false;

        template <class Self>
        void operator()(Self& self, error_code = {}) {
            const std::shared_ptr<state> here = at;
            const bool begun = std::exchange(initiated, true);
            if (!begun) self.reset_cancellation_state(asio::enable_total_cancellation());
            if (begun && self.get_cancellation_state().cancelled() != asio::cancellation_type::none)
                return self.complete(asio::error::operation_aborted);
            if (!ready()) return here->writable().async_wait(std::move(self));
            if (!begun) return asio::post(here->executor(), std::move(self));
            self.complete(finish());
        }
    };

    template <class Next>
    std::optional<found_by<Next>> try_read(Next next) {
        const auto result = state_->try_read(next);
        if (!result || result->error) return std::nullopt;
        return result->value;
    }

    template <class Next, class Token>
    auto read_by(Next next, Token&& token) {
        if constexpr (is_awaited<Token>)
            return read_awaited(state_, next, redirected(token));
        else
            return asio::async_compose<Token, void(error_code, found_by<Next>)>(
                read_operation<Next>{state_, next}, token, state_->executor());
    }

    template <class Enqueue, class Token>
    auto write_by(Enqueue enqueue, Token&& token,
                  bool (send_queue::*is_ready)() const noexcept = &send_queue::has_room) {
        return wait_by(
            [here = state_.get(), is_ready] {
                return !here->can_send() || (!here->had_its_turn() && (here->queue().*is_ready)());
            },
            [here = state_.get(), enqueue]() -> error_code { return here->enqueue(enqueue); },
            std::forward<Token>(token));
    }

    template <class Ready, class Finish, class Token>
    auto wait_by(Ready ready, Finish finish, Token&& token) {
        waiting_operation<Ready, Finish> operation{state_, ready, finish};
        if constexpr (is_awaited<Token>)
            return wait_awaited(std::move(operation), redirected(token));
        else
            return asio::async_compose<Token, void(error_code)>(std::move(operation), token,
                                                                state_->executor());
    }

    // A coroutine needs no turn of the loop for what can be done at once. One that can be cancelled
    // does, since it could have lost by then.

    using awaited = asio::use_awaitable_t<>;
    using awaited_with_error = asio::redirect_error_t<awaited>;

    template <class Token>
    static constexpr bool is_awaited = std::same_as<std::remove_cvref_t<Token>, awaited> ||
                                       std::same_as<std::remove_cvref_t<Token>, awaited_with_error>;

    /// Where the error of an awaited operation goes; nullptr where it is thrown.
    static error_code* redirected(const awaited&) { return nullptr; }
    static error_code* redirected(const awaited_with_error& token) { return &token.ec_; }

    static void tell(error_code error, error_code* redirected) {
        if (redirected != nullptr)
            *redirected = error;
        else if (error)
            throw system_error(error);
    }

    template <class Next, class T = found_by<Next>>
    static asio::awaitable<T> read_awaited(std::shared_ptr<state> at, Next next,
                                           error_code* redirected) {
        std::optional<detail::outcome<T>> result;
        const asio::cancellation_state race = co_await asio::this_coro::cancellation_state;
        if (race.slot().is_connected()) {
            read_operation<Next> operation{at, next};
            result.emplace();
            awaited_with_error token(asio::use_awaitable, result->error);
            result->value = co_await asio::async_compose<awaited_with_error, void(error_code, T)>(
                std::move(operation), token, at->executor());
        } else {
            result = at->try_read(next);
            while (!result && at->receive()) {
                co_await at->bytes();
                result = at->try_read(next);
            }
            if (!result) result = at->try_read(next); // what has ended it
        }
        tell(result->error, redirected);
        co_return result->value;
    }

    template <class Operation>
    static asio::awaitable<void> wait_awaited(Operation operation, error_code* redirected) {
        error_code error;
        const asio::cancellation_state race = co_await asio::this_coro::cancellation_state;
        if (race.slot().is_connected() || !operation.ready()) {
            const asio::any_io_executor executor = operation.at->executor();
            awaited_with_error token(asio::use_awaitable, error);
            co_await asio::async_compose<awaited_with_error, void(error_code)>(std::move(operation),
                                                                               token, executor);
        } else {
            error = operation.finish();
        }
        tell(error, redirected);
    }

    std::shared_ptr<state> state_;
};

/// As net::connect gives it, and a server, where headers are of a type of one's own.
template <class Header>
using socket_connection = connection<stream_socket, Header>;

} // namespace framing::inline v0::net
