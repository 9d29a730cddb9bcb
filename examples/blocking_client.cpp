// SPDX-License-Identifier: MIT
// A client with blocking sockets: sends each word as a frame, all at once, and prints the answers.
//
//   blocking_client 127.0.0.1 7000 hello world
#include <framing/framing.hpp>

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

std::size_t check(ssize_t result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), call);
    return static_cast<std::size_t>(result);
}

int connect_to(const char* host, const char* port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host, port, &hints, &found) != 0) throw std::runtime_error("no such host");
    const int peer = ::socket(found->ai_family, found->ai_socktype, 0);
    check(::connect(peer, found->ai_addr, found->ai_addrlen), "connect");
    ::freeaddrinfo(found);
    return peer;
}

int main(int argc, char** argv) try {
    if (argc < 4) throw std::invalid_argument("usage: blocking_client HOST PORT WORD...");
    const int peer = connect_to(argv[1], argv[2]);
    framing::encoder<> encoder;
    std::string wire;
    for (int i = 3; i < argc; ++i)
        if (encoder.encode({{"type", "word"}, {"number", i - 2}}, std::string_view(argv[i]), wire))
            throw std::runtime_error("a word is too long");
    for (std::string_view rest = wire; !rest.empty();)
        rest.remove_prefix(check(::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL), "send"));

    framing::reassembler<> incoming;
    for (int answers = 3; answers < argc;) {
        const auto space = incoming.prepare(64 * 1024); // recv writes where the bytes stay
        const auto size = check(::recv(peer, space.data(), space.size(), 0), "recv");
        for (const auto& frame : incoming.commit(size)) {
            std::cout << frame.header.value("number", 0) << ": " << frame.text() << '\n';
            ++answers;
        }
        if (size == 0 && !incoming.finish()) throw std::runtime_error("the server has gone");
        if (incoming.error()) throw std::runtime_error(incoming.error().message());
    }
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
