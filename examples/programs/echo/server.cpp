// SPDX-License-Identifier: MIT
// Sends every frame back.
//
//   echo_server --listen 127.0.0.1:7000
//   echo_client 127.0.0.1:7000 hello
#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/net/error.hpp>

#include "echo/upper.hpp"
#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/from_seconds.hpp"
#include "support/service.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using std::chrono::steady_clock;

/// Longer bodies go back while they come, so that they take no memory.
constexpr std::uint64_t longest_held = 64 * 1024;

constexpr std::size_t most_in_a_row = 64;

/// The body at hand, in pieces, of which each mebibyte has to come in the time for a frame.
class timed_body {
public:
    timed_body(connection& peer, steady_clock::duration time)
        : peer_(peer), time_(time), late_(peer.get_executor()) {}

    /// The next piece, which lives until the next read; an empty one is the end.
    asio::awaitable<std::string_view> next() {
        const auto began = steady_clock::now();
        if (time_.count() != 0)
            late_.set(time_ - spent_, [this] { peer_.abort(framing::net::errc::frame_timeout); });
        const std::string_view piece = framing::as_text(co_await peer_.read_body());
        late_.cancel();
        spent_ += steady_clock::now() - began;
        size_ += piece.size();
        if (size_ >= stretch) {
            spent_ = {};
            size_ = 0;
        }
        co_return piece;
    }

private:
    static constexpr std::size_t stretch = 1024 * 1024;

    connection& peer_;
    steady_clock::duration time_;
    tasks::alarm late_;
    steady_clock::duration spent_{0}; // on the mebibyte at hand, ...
    std::size_t size_ = 0;            // ... and what has come of it
};

asio::awaitable<void> echo_whole(connection& peer, const connection::frame_head& head,
                                 timed_body& body, bool upper) {
    const std::string header(head.header.text()); // which its body may push away
    const std::uint64_t size = head.body_size;
    std::string text;
    for (auto piece = co_await body.next(); !piece.empty(); piece = co_await body.next())
        text += piece;
    if (text.size() != size) co_return; // the server stops
    if (upper) text = in_upper_case(text);
    framing::fault none;
    const auto again = framing::header_view::parse(header, framing::limits(), none);
    co_await peer.write(*again, text);
}

asio::awaitable<void> echo_in_pieces(connection& peer, const connection::frame_head& head,
                                     timed_body& body, bool upper) {
    co_await peer.write_head(head.header, head.body_size);
    for (auto piece = co_await body.next(); !piece.empty(); piece = co_await body.next()) {
        const std::string capitals = upper ? in_upper_case(piece) : std::string();
        co_await peer.write_body(upper ? std::string_view(capitals) : piece);
    }
}

asio::awaitable<void> echo(connection& peer, bool upper, steady_clock::duration time) {
    for (std::size_t taken = 1;; ++taken) {
        // What is at hand costs less so, but others have their turn.
        const auto* head = taken % most_in_a_row == 0 ? nullptr : peer.try_read_head();
        if (head == nullptr) head = co_await peer.read_head();
        if (head == nullptr) co_return;
        timed_body body(peer, time);
        if (head->body_size <= longest_held)
            co_await echo_whole(peer, *head, body, upper);
        else
            co_await echo_in_pieces(peer, *head, body, upper);
    }
}

} // namespace

int main(int argc, char** argv) {
    command_line line("echo_server", "Sends every frame back to its sender.");
    service::options options;
    options.name = "echo";
    options.connection.max_streamed_body = framing::limits().max_body_size;
    bool upper = false;
    service::add_options(line, options);
    line.add_flag("--upper", upper, "turn ASCII letters of the body into capitals");
    line.add_example("echo_server --listen 127.0.0.1:7000", "listen on this machine");
    line.add_example("echo_server --listen '[::]:7000' --connections 100 --upper",
                     "listen on all addresses, for 100 clients at once, in capitals");
    return line.run(argc, argv, [&] {
        asio::io_context io(1);
        service::host host(io, options);
        return host.run([&](const service::client& client) {
            return echo(client.peer, upper,
                        from_seconds<std::chrono::milliseconds>(options.frame_timeout));
        });
    });
}
