// SPDX-License-Identifier: MIT
// A server with epoll: one thread, any number of clients, every frame is sent back.
//
//   epoll_server     says on which free port it listens
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <string>

struct client {
    framing::reassembler<framing::header_view> incoming{{.max_body_size = 1 << 20}};
    std::string outgoing; // what could not be sent yet
};

/// Does what can be done now. Returns: false where the client has to go.
bool serve(int socket, client& peer) {
    framing::encoder<framing::header_view> encoder;
    for (ssize_t size = 1; size > 0;) {
        const auto space = peer.incoming.prepare(64 * 1024); // recv writes where the bytes stay
        size = ::recv(socket, space.data(), space.size(), 0);
        for (const auto& frame : peer.incoming.commit(size > 0 ? size : 0))
            if (encoder.encode(frame.header, frame.body, peer.outgoing)) return false;
        const auto sent = ::send(socket, peer.outgoing.data(), peer.outgoing.size(), MSG_NOSIGNAL);
        if (sent > 0) peer.outgoing.erase(0, std::string::size_type(sent));
        if (size == 0 || peer.incoming.error() || peer.outgoing.size() > 1 << 22) return false;
    }
    return true;
}

int main() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    const int door = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::bind(door, name, length) != 0 || ::listen(door, SOMAXCONN) != 0) return 1;
    ::getsockname(door, name, &length);
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    std::map<int, client> clients;
    const int poll = ::epoll_create1(0);
    epoll_event event{EPOLLIN, {.fd = door}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
    while (::epoll_wait(poll, &event, 1, -1) == 1) {
        if (const int socket = event.data.fd; socket == door) {
            event = {EPOLLIN | EPOLLOUT | EPOLLET,
                     {.fd = ::accept4(door, nullptr, nullptr, SOCK_NONBLOCK)}};
            ::epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
        } else if (!serve(socket, clients[socket]) || (event.events & EPOLLHUP) != 0) {
            clients.erase(socket);
            ::close(socket);
        }
    }
}
