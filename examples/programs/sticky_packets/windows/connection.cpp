// SPDX-License-Identifier: MIT
#include "sticky_packets/connection.hpp"

#include <winsock2.h>

#include <algorithm>
#include <climits>
#include <system_error>

namespace {

[[noreturn]] void fail(const char* call) {
    throw std::system_error(::WSAGetLastError(), std::system_category(), call);
}

int check(int result, const char* call) {
    if (result < 0) fail(call);
    return result;
}

/// Sockets have numbers of 32 bits.
int check(SOCKET result, const char* call) {
    if (result == INVALID_SOCKET) fail(call);
    return static_cast<int>(result);
}

SOCKET as_socket(int number) {
    return static_cast<SOCKET>(number);
}

int at_once(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

} // namespace

connection::connection() {
    WSADATA about{};
    ::WSAStartup(MAKEWORD(2, 2), &about);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    int size = sizeof address;

    const int listener = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(::bind(as_socket(listener), name, size), "bind");
    check(::listen(as_socket(listener), 1), "listen");
    check(::getsockname(as_socket(listener), name, &size), "getsockname");
    sender_ = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(::connect(as_socket(sender_), name, size), "connect");
    receiver_ = check(::accept(as_socket(listener), nullptr, nullptr), "accept");
    ::closesocket(as_socket(listener));
}

connection::~connection() {
    ::closesocket(as_socket(sender_));
    ::closesocket(as_socket(receiver_));
    ::WSACleanup();
}

void connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const int size =
            check(::send(as_socket(sender_), bytes.data(), at_once(bytes.size()), 0), "send");
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void connection::end_sending() {
    check(::shutdown(as_socket(sender_), SD_SEND), "shutdown");
}

std::size_t connection::receive(std::span<std::byte> buffer) {
    auto* const into = reinterpret_cast<char*>(buffer.data());
    const int size = check(::recv(as_socket(receiver_), into, at_once(buffer.size()), 0), "recv");
    return static_cast<std::size_t>(size);
}
