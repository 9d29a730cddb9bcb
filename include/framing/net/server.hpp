// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/detail/server_state.hpp>
#include <framing/net/listener.hpp>
#include <framing/net/server_options.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

/// A coroutine for each connection.
///
///     asio::awaitable<void> echo(connection<>& peer) {
///         while (const auto* frame = co_await peer.read())
///             co_await peer.write(frame->header, frame->body);
///     }
///     server<> server(io.get_executor(), echo);
///     std::cout << "listening on " << server.listen("127.0.0.1:0") << std::endl;
///
/// When the handler returns, what is queued still leaves; when it throws, that connection ends, and
/// nothing else does. All of it runs on one executor, which has to be a strand where several
/// threads run its context, and which the server's functions are called on, too, once it listens.
///
/// Handler and options live until the last connection has ended, which may be after the server;
/// a handler's connection lives until the handler has returned and what was queued has left.
///
/// Throws: std::bad_alloc, where memory for what is begun runs out.
template <class Stream = stream_socket, class Header = nlohmann::json>
class server {
public:
    /// What a handler is given.
    using connection_type = connection<Stream, Header>;
    /// What the server allows.
    using options_type = server_options<Stream, Header>;
    /// What each connection is served by.
    using handler_type = std::function<asio::awaitable<void>(connection_type&)>;

    // No default for the options: g++ 12 would destroy it twice where the executor is awaited.

    /// Serves nobody before it listens. Throws: what an asio::steady_timer does.
    server(asio::any_io_executor executor, handler_type handler)
        : server(std::move(executor), std::move(handler), options_type()) {}
    /// As above, with other options than the default ones.
    server(asio::any_io_executor executor, handler_type handler, options_type options)
        : state_(std::make_shared<state>(std::move(executor), std::move(handler),
                                         std::move(options))) {}
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    /// Ends all at once, as `abort`, but for `on_abort`; handlers end when the executor goes on.
    ~server() {
        state_->close();
        state_->ignore_signals();
    }

    /// Listens at an address more, or at all that a name such as localhost stands for, which it
    /// blocks to look up. `[::]` alone takes IPv4, too; beside `0.0.0.0` at the same port it does
    /// not.
    ///
    /// Returns: the address, of several the first, with the port that was taken where port 0 was
    /// asked for.
    /// Throws: std::invalid_argument, system_error; after a stop it is errc::closed; and then it
    /// listens where it did before.
    std::string listen(std::string_view where) {
        return listen_at(resolve_local(address::parse(where)));
    }
    /// As above, at endpoints, of which those that this machine does not have are left out. Pre:
    /// there is one.
    std::string listen_at(const std::vector<stream_endpoint>& endpoints) {
        return state_->listen_at(endpoints);
    }

    /// Stops on SIGINT or SIGTERM; a second one aborts; where something still runs then, as a
    /// handler that waits for something else, the next one ends the process. Throws: system_error.
    void stop_on_signals() { state_->stop_on_signals(); }

    /// Accepts no more, lets reads give no more frames, and ends every connection when its handler
    /// has returned and what is queued has left. What then still runs after the stop time is
    /// aborted.
    void stop() { state_->stop(); }

    /// Ends all at once: the operations of handlers fail with errc::closed. Calls `on_abort`.
    void abort() { state_->abort(); }

    /// Whether it stops, or has stopped.
    [[nodiscard]] bool stopping() const { return state_->is_stopping(); }
    /// How many connections there are, those that are being closed included.
    [[nodiscard]] std::size_t connections() const { return state_->connections(); }

    /// How many were refused, as there were too many.
    [[nodiscard]] std::uint64_t refused() const { return state_->refused(); }
    /// How many were dropped to make room: who had not authenticated, or who held the most memory.
    [[nodiscard]] std::uint64_t dropped() const { return state_->dropped(); }

private:
    using state = detail::server_state<Stream, Header>;

    std::shared_ptr<state> state_;
};

/// Where the headers are of a type of one's own.
template <class Header>
using socket_server = server<stream_socket, Header>;

} // namespace framing::inline v0::net
