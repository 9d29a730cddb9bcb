// SPDX-License-Identifier: MIT
#include "system/peer_end.hpp"

#include <poll.h>

bool has_ended(framing::net::stream_socket& socket) {
    pollfd look{socket.native_handle(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) != 0;
}
