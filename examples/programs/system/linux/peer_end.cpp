// SPDX-License-Identifier: MIT
#include "system/peer_end.hpp"

#include <poll.h>

bool has_ended(int socket) {
    pollfd look{socket, POLLRDHUP, 0};
    return ::poll(&look, 1, 0) != 0;
}
