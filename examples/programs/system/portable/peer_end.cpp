// SPDX-License-Identifier: MIT
#include "system/peer_end.hpp"

#include <sys/socket.h>

#include <cerrno>

bool has_ended(framing::net::stream_socket& socket) {
    char next = 0;
    const auto size = ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}
