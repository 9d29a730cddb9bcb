// SPDX-License-Identifier: MIT
// An echo server by hand: epoll, one buffer to read into for all, and answers written once a read.
#include "listen.hpp"
#include "u32_echo.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

struct client {
    std::string begun;   // a frame of which the rest has not come
    std::string waiting; // answers that the socket did not take
};

/// Writes what the socket takes. Returns: whether it is still good.
bool send(int socket, std::string_view bytes, std::string& waiting) {
    const ssize_t sent = ::write(socket, bytes.data(), bytes.size());
    if (sent < 0 && errno != EAGAIN) return false;
    waiting = bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    return true;
}

/// Reads once, and answers. Returns: whether the client stays.
bool serve(int socket, client& peer, std::string& answers) {
    static std::array<char, 64 * 1024> buffer;
    const ssize_t size = ::read(socket, buffer.data(), buffer.size());
    if (size <= 0) return size < 0 && errno == EAGAIN;
    answers.clear();
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    const bool begun = !peer.begun.empty();
    if (begun) bytes = peer.begun.append(bytes);
    const std::optional<std::size_t> taken = u32::echo(bytes, answers);
    if (!taken) return false;
    if (begun)
        peer.begun.erase(0, *taken);
    else
        peer.begun = bytes.substr(*taken);
    return answers.empty() || send(socket, answers, peer.waiting);
}

} // namespace

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    const int door = listen_on_free_port();
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    const auto watch = [poll](int operation, int socket, unsigned what) {
        epoll_event event{what, {.fd = socket}};
        ::epoll_ctl(poll, operation, socket, &event);
    };
    watch(EPOLL_CTL_ADD, door, EPOLLIN);
    std::unordered_map<int, client> clients;
    std::string answers;
    std::array<epoll_event, 128> events{};
    while (true) {
        const int count = ::epoll_wait(poll, events.data(), int(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == door) {
                for (int one = 0; (one = ::accept4(door, nullptr, nullptr,
                                                   SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                    send_at_once(one);
                    watch(EPOLL_CTL_ADD, one, EPOLLIN);
                    clients[one] = {};
                }
                continue;
            }
            client& peer = clients[socket];
            const bool blocked = !peer.waiting.empty();
            const bool stays = blocked ? send(socket, std::string(peer.waiting), peer.waiting)
                                       : serve(socket, peer, answers);
            if (!stays) {
                ::close(socket);
                clients.erase(socket);
            } else if (blocked != !peer.waiting.empty()) {
                watch(EPOLL_CTL_MOD, socket, blocked ? EPOLLIN : EPOLLOUT);
            }
        }
    }
}
