// SPDX-License-Identifier: MIT
#include "system/broken_connection.hpp"

#include <winsock2.h>

bool is_broken(framing::net::stream_socket& socket) {
    WSAPOLLFD look{socket.native_handle(), POLLRDNORM, 0};
    return ::WSAPoll(&look, 1, 0) == 1 && (look.revents & (POLLERR | POLLHUP)) != 0;
}
