// SPDX-License-Identifier: MIT
#pragma once

#include <framing/limits.hpp>
#include <framing/liveness.hpp>
#include <framing/send_queue.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace framing::inline v0::net {

namespace detail {
class flush_group;
class held_bytes;
} // namespace detail

/// What a connection allows its peer. The defaults suit a server on the open internet; a client
/// that trusts its server may allow more.
struct connection_options {
    /// What it is called in the log.
    std::string name;

    /// For frames that are read whole, and for the heads of those that are not.
    framing::limits limits;

    /// Until `authenticated`, where they are others.
    std::optional<framing::limits> limits_before_authentication;

    /// What else is done then.
    std::function<void()> on_authenticated;

    /// For bodies that are read in pieces.
    std::uint64_t max_streamed_body = (std::numeric_limits<std::uint64_t>::max)();

    /// How much may wait to be sent.
    send_marks marks;

    /// The stream has something else to say first: no keep-alive leaves before frames are read or
    /// written.
    bool handshake_first = false;

    /// How long the peer may take.
    deadlines times;

    /// How long `close` lets what is queued leave, ...
    std::chrono::milliseconds close_time{4000};

    /// ... and then waits for the peer to close its side.
    std::chrono::milliseconds linger_time{1000};

    /// Whose bytes leave in the same pass; a server gives all its connections one.
    std::shared_ptr<detail::flush_group> flushes;

    /// What it holds is counted there, as by a server for all its connections.
    std::shared_ptr<detail::held_bytes> held;
};

} // namespace framing::inline v0::net
