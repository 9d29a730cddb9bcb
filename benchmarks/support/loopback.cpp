// SPDX-License-Identifier: MIT
#include "support/loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace {

template <class T>
bool set(const bench::tcp_socket& socket, int level, int option, const T& value) {
    return setsockopt(socket.descriptor(), level, option, &value, sizeof value) == 0;
}

bool prepare(const bench::tcp_socket& socket) {
    const timeval patience{10, 0};
    return set(socket, IPPROTO_TCP, TCP_NODELAY, 1) &&
           set(socket, SOL_SOCKET, SO_RCVTIMEO, patience) &&
           set(socket, SOL_SOCKET, SO_SNDTIMEO, patience);
}

} // namespace

bench::tcp_socket::~tcp_socket() {
    if (descriptor_ >= 0) close(descriptor_);
}

bool bench::tcp_socket::send(bytes_view bytes) const noexcept {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool bench::tcp_socket::send(std::span<const bytes_view> parts) const {
    std::vector<iovec> places;
    for (const bytes_view part : parts)
        places.push_back({const_cast<std::byte*>(part.data()), part.size()});
    msghdr message{};
    message.msg_iov = places.data();
    message.msg_iovlen = places.size();
    const auto sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    auto taken = static_cast<std::size_t>(sent);
    for (const bytes_view part : parts) {
        const std::size_t size = std::min(taken, part.size());
        taken -= size;
        if (!send(part.subspan(size))) return false;
    }
    return true;
}

std::size_t bench::tcp_socket::receive(std::span<std::byte> place) const noexcept {
    const auto received = recv(descriptor_, place.data(), place.size(), 0);
    return received > 0 ? static_cast<std::size_t>(received) : 0;
}

bool bench::tcp_socket::receive_all(std::span<std::byte> place) const noexcept {
    while (!place.empty()) {
        const std::size_t received = receive(place);
        if (received == 0) return false;
        place = place.subspan(received);
    }
    return true;
}

void bench::tcp_socket::shut_down() const noexcept {
    shutdown(descriptor_, SHUT_RDWR);
}

std::optional<bench::tcp_pair> bench::connect_over_loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);

    const tcp_socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (bind(listener.descriptor(), any, size) != 0 || listen(listener.descriptor(), 1) != 0 ||
        getsockname(listener.descriptor(), any, &size) != 0)
        return std::nullopt;
    tcp_pair pair{tcp_socket(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), tcp_socket()};
    if (connect(pair.near.descriptor(), any, size) != 0) return std::nullopt;
    pair.far = tcp_socket(accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!prepare(pair.near) || !prepare(pair.far)) return std::nullopt;
    return pair;
}

bench::one_processor::one_processor() {
    cpu_set_t before;
    if (sched_getaffinity(0, sizeof before, &before) != 0) return;
    for (std::size_t number = 0; number < CPU_SETSIZE; ++number)
        if (CPU_ISSET(number, &before)) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(number, &one);
            if (sched_setaffinity(0, sizeof one, &one) != 0) return;
            undo_ = [before] { sched_setaffinity(0, sizeof before, &before); };
            return;
        }
}

bench::one_processor::~one_processor() {
    if (undo_) undo_();
}
