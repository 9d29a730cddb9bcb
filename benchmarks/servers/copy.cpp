// SPDX-License-Identifier: MIT
// Copies a file by hand over TCP on loopback: one thread reads and sends, one receives and writes.
//
//   framing_copy SOURCE COPY
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <iostream>
#include <system_error>
#include <thread>
#include <vector>

namespace {

template <class Result>
Result check(Result result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

void pump(int from, int to) {
    std::vector<char> buffer(256 * 1024);
    while (const ssize_t got = check(::read(from, buffer.data(), buffer.size()), "read"))
        for (ssize_t put = 0; put < got;)
            put += check(::write(to, buffer.data() + put, std::size_t(got - put)), "write");
    check(::close(to), "close");
}

} // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: " << arguments[0] << " SOURCE COPY\n";
        return 2;
    }
    try {
        const int source = check(::open(arguments[1], O_RDONLY), arguments[1]);
        const int copy =
            check(::open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC, 0666), arguments[2]);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        socklen_t length = sizeof address;
        const int door = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(::bind(door, name, length), "bind");
        check(::listen(door, 1), "listen");
        check(::getsockname(door, name, &length), "getsockname");
        const int out = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(::connect(out, name, length), "connect");
        const int in = check(::accept(door, nullptr, nullptr), "accept");

        std::jthread sender([=] { pump(source, out); });
        pump(in, copy);
    } catch (const std::exception& error) {
        std::cerr << arguments[0] << ": " << error.what() << '\n';
        return 1;
    }
}
