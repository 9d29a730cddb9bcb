// SPDX-License-Identifier: MIT
#include "system/broken_connection.hpp"

#include <poll.h>

bool is_broken(framing::net::stream_socket& socket) {
    pollfd look{socket.native_handle(), 0, 0};
    return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLERR | POLLHUP)) != 0;
}
