// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

/// Whether a connection is over, both ways.
[[nodiscard]] bool is_broken(framing::net::stream_socket& socket);
