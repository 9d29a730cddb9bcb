// SPDX-License-Identifier: MIT
#include "system/peer_end.hpp"

#include <winsock2.h>

bool has_ended(framing::net::stream_socket& socket) {
    WSAPOLLFD look{socket.native_handle(), POLLRDNORM, 0};
    if (::WSAPoll(&look, 1, 0) <= 0) return false;
    char next = 0;
    const int size = ::recv(socket.native_handle(), &next, 1, MSG_PEEK);
    return size == 0 || (size < 0 && ::WSAGetLastError() != WSAEWOULDBLOCK);
}
