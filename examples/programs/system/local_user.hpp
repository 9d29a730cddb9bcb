// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include "system/own_user.hpp"

#include <optional>

/// Which user of this machine is at the other end of a socket: a Unix-domain one, or one of TCP
/// over loopback. Nothing where that cannot be known.
[[nodiscard]] std::optional<user_id> local_user_of(framing::net::stream_socket& socket);
