// SPDX-License-Identifier: MIT
#include "sticky_packets/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace {

int check(int result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), call);
    return result;
}

} // namespace

connection::connection() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;

    const int listener = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(::bind(listener, name, size), "bind");
    check(::listen(listener, 1), "listen");
    check(::getsockname(listener, name, &size), "getsockname");
    sender_ = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(::connect(sender_, name, size), "connect");
    receiver_ = check(::accept(listener, nullptr, nullptr), "accept");
    ::close(listener);
}

connection::~connection() {
    ::close(sender_);
    ::close(receiver_);
}

void connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = ::send(sender_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0) throw std::system_error(errno, std::generic_category(), "send");
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void connection::end_sending() {
    check(::shutdown(sender_, SHUT_WR), "shutdown");
}

std::size_t connection::receive(std::span<std::byte> buffer) {
    const auto size = ::recv(receiver_, buffer.data(), buffer.size(), 0);
    if (size < 0) throw std::system_error(errno, std::generic_category(), "recv");
    return static_cast<std::size_t>(size);
}
