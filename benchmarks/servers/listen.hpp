// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <iostream>
#include <system_error>

/// A socket that listens on a free port of loopback, and has said on which.
inline int listen_on_free_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    const int door = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (::bind(door, name, length) != 0 || ::listen(door, 4096) != 0 ||
        ::getsockname(door, name, &length) != 0)
        throw std::system_error(errno, std::generic_category(), "listen");
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    return door;
}

inline void send_at_once(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
