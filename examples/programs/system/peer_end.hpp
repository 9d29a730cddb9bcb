// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

/// Whether the peer of a socket has ended its side, as far as that shows: what came before may hide
/// it where the system cannot say.
[[nodiscard]] bool has_ended(framing::net::stream_socket& socket);
