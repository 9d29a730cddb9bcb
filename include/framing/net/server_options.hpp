// SPDX-License-Identifier: MIT
#pragma once

#include <framing/limits.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection_options.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace framing::inline v0::net {

/// How much a line of a log matters.
enum class log_level { info, warning, error };

/// What a server allows, and how it makes its connections; of a number of connections 0 is no
/// limit.
template <class Stream = stream_socket, class Header = nlohmann::json>
struct server_options {
    /// Who has not authenticated within 20 s, or not even shaken hands, is sent away.
    connection_options connection = [] {
        connection_options result;
        result.times.authentication = std::chrono::seconds(20);
        return result;
    }();

    std::size_t connections = 1024;    ///< Connections at once.
    std::size_t per_address = 64;      ///< Of them, from one address of IPv4, or a /64 of IPv6.
    std::size_t unauthenticated = 400; ///< Of them, such as have not authenticated yet.
    /// Where one of these limits is reached, any of those makes room that has had so long, but
    /// first, and at once, one that comes from where most of them do: who only holds connections
    /// open should not keep others out.
    std::chrono::milliseconds grace{500};

    /// How many bytes all connections together may hold: what has come and is not read yet, and
    /// what waits to be sent, but what several of them share. Beyond that those go that hold most,
    /// of the network whose connections do. 0: no limit.
    std::size_t memory = std::size_t{1} << 30;

    /// Whether other servers of this user may listen at its ports, as those of other threads, each
    /// on a loop of its own: the system gives each connection to one of them. Its limits are its
    /// own. Not on Windows.
    bool shares_port = false;

    /// Whether the handler says when a peer is `authenticated`. Else it is so once the handshake is
    /// done.
    bool authenticates = false;
    /// What one that is not may send, where the handler says so.
    framing::limits limits_before_authentication{.max_header_size = 4 * 1024, .max_body_size = 0};

    /// What every peer is told before its connection is closed because the server stops.
    std::optional<Header> goodbye;

    /// How long a stop may take before it becomes an `abort`.
    std::chrono::milliseconds stop_time{4500};

    /// Puts a stream over the socket accepted. Not needed where Stream is made of a socket.
    std::function<Stream(stream_socket)> make_stream;
    /// What comes before the first frame, TLS for example; counts as authentication.
    std::function<asio::awaitable<void>(Stream&)> handshake;

    /// Takes one line for each event. What it throws costs the line.
    std::function<void(log_level, const std::string&)> log;

    /// Called once, when the last connection has ended after a `stop` or an `abort`; inside `stop`
    /// where there is none.
    std::function<void()> on_stopped;

    /// Called in each `abort`, to end what else there is at once.
    std::function<void()> on_abort;
};

} // namespace framing::inline v0::net
