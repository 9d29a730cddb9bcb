// SPDX-License-Identifier: MIT
// A server with blocking sockets: a thread for each client, every frame is sent back.
//
//   blocking_server     says on which free port it listens
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>
#include <thread>

/// Returns: false where the client has gone.
bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        bytes.remove_prefix(std::string_view::size_type(sent));
    }
    return true;
}

void serve(int socket) {
    framing::reassembler<framing::header_view> incoming{{.max_body_size = 1 << 20}};
    framing::encoder<framing::header_view> encoder;
    std::string outgoing;
    for (bool more = true; more; outgoing.clear()) {
        const auto space = incoming.prepare(64 * 1024); // recv writes where the bytes stay
        const auto size = ::recv(socket, space.data(), space.size(), 0);
        for (const auto& frame : incoming.commit(size > 0 ? size : 0))
            if (encoder.encode(frame.header, frame.body, outgoing)) more = false;
        if (!send_all(socket, outgoing) || size <= 0 || incoming.error()) more = false;
    }
    ::close(socket);
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
    for (int socket; (socket = ::accept(door, nullptr, nullptr)) >= 0;)
        std::thread(serve, socket).detach();
}
