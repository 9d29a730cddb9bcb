// SPDX-License-Identifier: MIT
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/error.hpp>
#include <framing/net/server.hpp>
#include <framing/net/within.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace {

using framing::net::within;
using helpers::loop;
using std::chrono::milliseconds;

asio::awaitable<std::string> say(std::string text) {
    co_return text;
}

asio::awaitable<void> fail() {
    throw std::runtime_error("as asked");
    co_return;
}

asio::awaitable<void> wait_for_ever() {
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
}

/// What awaiting it throws.
asio::awaitable<std::error_code> error_of(asio::awaitable<void> work) {
    try {
        co_await std::move(work);
    } catch (const std::system_error& error) {
        co_return error.code();
    }
    co_return std::error_code();
}

} // namespace

TEST_CASE("what is done in time gives what it gives, or throws what it throws") {
    loop io;
    io.run([]() -> asio::awaitable<void> {
        for (const auto time : {milliseconds(60'000), milliseconds::max()}) {
            const std::string text = co_await within(time, say("hello"));
            CHECK(text == "hello");
            std::string thrown;
            try {
                co_await within(time, fail());
            } catch (const std::runtime_error& error) {
                thrown = error.what();
            }
            CHECK(thrown == "as asked");
        }
    });
    io.finish(); // and no timer is left
}

TEST_CASE("what takes longer is cancelled, and says that its time was up") {
    loop io;
    io.run([]() -> asio::awaitable<void> {
        for (const auto time : {milliseconds(0), milliseconds(5)}) {
            const std::error_code error = co_await error_of(within(time, wait_for_ever()));
            CHECK(error == framing::net::errc::timed_out);
            CHECK(error == std::errc::timed_out);
        }
    });
    io.finish();
}

TEST_CASE("a cancellation reaches what has a time limit") {
    loop io;
    asio::cancellation_signal cancel;
    std::optional<std::error_code> ended;
    asio::co_spawn(
        io.context(), within(milliseconds(60'000), wait_for_ever()),
        asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& error) {
            try {
                std::rethrow_exception(error);
            } catch (const std::system_error& thrown) {
                ended = thrown.code();
            }
        }));
    io.poll();
    CHECK_FALSE(ended);
    cancel.emit(asio::cancellation_type::terminal);
    io.finish();
    CHECK(ended == make_error_code(asio::error::operation_aborted));
}

TEST_CASE("a read whose time was up has lost nothing") {
    using peer_type = framing::net::connection<>;
    loop io;
    std::size_t asked = 0;
    framing::net::server<> host(io.executor(), [&](peer_type& peer) -> asio::awaitable<void> {
        while (const auto* frame = co_await peer.read())
            if (++asked == 2) co_await peer.write(frame->header, frame->body);
    });
    const std::string door = host.listen("127.0.0.1:0");
    io.run([&]() -> asio::awaitable<void> {
        peer_type peer = co_await within(milliseconds(60'000), framing::net::connect(door));
        const helpers::json first = helpers::named("first");
        const helpers::json second = helpers::named("second");
        co_await peer.write(first, "unanswered");
        bool too_late = false;
        try {
            co_await within(milliseconds(20), peer.read());
        } catch (const std::system_error& error) {
            too_late = error.code() == framing::net::errc::timed_out;
        }
        CHECK(too_late);
        co_await peer.write(second, "answered");
        const auto* const answer = co_await within(milliseconds(60'000), peer.read());
        CHECK(helpers::shown(*answer) == "second:answered");
        host.stop();
    });
    io.finish();
}

TEST_CASE("what is cancelled from outside is cancelled in the way that was asked for") {
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total}) {
        asio::cancellation_signal signal;
        std::optional<std::error_code> over;
        loop io;
        const auto work = [&]() -> asio::awaitable<void> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            over = co_await error_of(within(std::chrono::minutes(1), wait_for_ever()));
        };
        asio::co_spawn(io.executor(), work(),
                       asio::bind_cancellation_slot(signal.slot(), asio::detached));
        io.poll();
        CHECK_FALSE(over);
        signal.emit(type);
        io.poll();
        CHECK(over == std::error_code(asio::error::operation_aborted));
    }
}

TEST_CASE("who could cancel it may be gone when it is destroyed") {
    loop io;
    asio::cancellation_signal signal;
    asio::co_spawn(io.executor(), error_of(within(std::chrono::minutes(1), wait_for_ever())),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    io.poll();
}
