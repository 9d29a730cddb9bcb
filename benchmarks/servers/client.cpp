// SPDX-License-Identifier: MIT
// Says what an echo server needs for a request, in microseconds of its processor time.
//
//   framing_server_load PORT PROCESS FRAMES CONNECTIONS DEPTH BODY SECONDS
//
// FRAMES: u32, a length and a body, or framing, the same with a header. DEPTH requests are on their
// way on each of CONNECTIONS at a time; 0: each connection makes one request and is closed. Two
// thirds of SECONDS are measured. All that comes back is compared with what was sent.
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/wire.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The processor time that a process has taken, in microseconds.
class processor_time {
public:
    explicit processor_time(pid_t process) {
        if (::clock_getcpuclockid(process, &clock_) != 0) fail("no such process");
    }
    [[nodiscard]] double now() const {
        timespec time{};
        if (::clock_gettime(clock_, &time) != 0) fail("the server is gone");
        return double(time.tv_sec) * 1e6 + double(time.tv_nsec) / 1e3;
    }

private:
    clockid_t clock_{};
};

std::string request(std::string_view frames, std::size_t size) {
    const std::string body(size, 'x');
    std::string result;
    if (frames == "u32") {
        std::array<std::byte, framing::prefix_size> length{};
        framing::store_prefix(static_cast<std::uint32_t>(size), length);
        result.assign(reinterpret_cast<const char*>(length.data()), length.size());
        result += body;
    } else {
        framing::encoder<framing::header_view> encoder;
        if (const auto error = encoder.encode({}, body, result)) throw std::system_error(error);
    }
    return result;
}

/// Connections to one server, and what goes over each.
class crowd {
public:
    crowd(in_port_t port, std::size_t count, std::string asked, bool once)
        : port_(port), asked_(std::move(asked)), once_(once), members_(count) {
        for (std::size_t i = 0; i < count; ++i) connect(i);
    }

    /// Goes on for so long. Returns: how often what is asked has come back.
    std::size_t run(clock::duration time) {
        const std::size_t before = rounds_;
        const auto end = clock::now() + time;
        while (clock::now() < end) {
            const int count = ::epoll_wait(poll_, events_.data(), int(events_.size()), 50);
            for (int i = 0; i < count; ++i) go_on(events_[std::size_t(i)]);
        }
        return rounds_ - before;
    }

private:
    struct member {
        int socket = -1;
        std::size_t sent = 0;
        std::size_t heard = 0;
    };

    void connect(std::size_t who) {
        member& one = members_[who] = {};
        one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(one.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port_);
        if (::connect(one.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            fail("connect");
        watch(EPOLL_CTL_ADD, who, EPOLLIN);
        ask(who);
    }

    void watch(int operation, std::size_t who, unsigned what) const {
        epoll_event event{what, {.u64 = who}};
        if (::epoll_ctl(poll_, operation, members_[who].socket, &event) != 0) fail("epoll_ctl");
    }

    void ask(std::size_t who) {
        member& one = members_[who];
        const bool waited = one.sent != 0 && one.sent != asked_.size();
        if (one.sent == asked_.size()) one.sent = 0;
        const ssize_t size = ::send(one.socket, asked_.data() + one.sent, asked_.size() - one.sent,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN) fail("send");
        if (size > 0) one.sent += std::size_t(size);
        const bool waits = one.sent != asked_.size();
        if (waits != waited) watch(EPOLL_CTL_MOD, who, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    void go_on(const epoll_event& event) {
        const std::size_t who = event.data.u64;
        member& one = members_[who];
        if ((event.events & EPOLLOUT) != 0) ask(who);
        if ((event.events & ~unsigned(EPOLLOUT)) == 0) return;
        const ssize_t size = ::recv(one.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) fail("the server has closed a connection");
        const auto heard = std::string_view(buffer_).substr(0, std::size_t(size));
        if (heard != std::string_view(asked_).substr(one.heard, heard.size()))
            throw std::runtime_error("the server has answered something else");
        one.heard += heard.size();
        if (one.heard != asked_.size()) return;
        one.heard = 0;
        ++rounds_;
        if (!once_) return ask(who);
        ::close(one.socket);
        connect(who);
    }

    in_port_t port_;
    std::string asked_;
    bool once_;
    int poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<member> members_;
    std::array<epoll_event, 256> events_{};
    std::string buffer_ = std::string(256 * 1024, '\0');
    std::size_t rounds_ = 0;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 8) {
        std::cerr << "usage: " << arguments[0]
                  << " PORT PROCESS FRAMES CONNECTIONS DEPTH BODY SECONDS\n";
        return 2;
    }
    try {
        const processor_time server(std::atoi(arguments[2]));
        const auto connections = std::stoul(arguments[4]);
        const auto depth = std::stoul(arguments[5]);
        const std::string one = request(arguments[3], std::stoul(arguments[6]));
        std::string asked = one;
        for (std::size_t i = 1; i < depth; ++i) asked += one;
        const auto third = std::chrono::duration_cast<clock::duration>(
            std::chrono::duration<double>(std::stod(arguments[7]) / 3));
        crowd clients(in_port_t(std::atoi(arguments[1])), connections, asked, depth == 0);
        clients.run(third);
        const double before = server.now();
        const std::size_t rounds = clients.run(2 * third);
        std::cout << (server.now() - before) / double(rounds * std::max<std::size_t>(depth, 1))
                  << '\n';
    } catch (const std::exception& error) {
        std::cerr << arguments[0] << ": " << error.what() << '\n';
        return 1;
    }
}
