// SPDX-License-Identifier: MIT
#include "system/local_user.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace {

#ifdef __linux__ // whose C library has no getpeereid
bool peer_of(int socket, uid_t& user) {
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    user = peer.uid;
    return known;
}
#else
bool peer_of(int socket, uid_t& user) {
    gid_t group = 0;
    return ::getpeereid(socket, &user, &group) == 0;
}
#endif

} // namespace

/// No system but Linux tells whose the other end of a TCP connection is in a way of its own.
std::optional<user_id> local_user_of(framing::net::stream_socket& connected) {
    const int socket = connected.native_handle();
    sockaddr_storage here{};
    socklen_t size = sizeof here;
    uid_t user = 0;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&here), &size) != 0 ||
        here.ss_family != AF_UNIX || !peer_of(socket, user))
        return std::nullopt;
    return user;
}
