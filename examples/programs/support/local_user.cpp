// SPDX-License-Identifier: MIT
#include "support/local_user.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view nothing = "0"; // is the inode of a socket that no process has any more

/// As /proc/net/tcp writes an address: four bytes at a time, as the machine has them.
std::string hexadecimal(const void* words, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, static_cast<const char*>(words) + i * sizeof word, sizeof word);
        std::array<char, 9> digits{};
        std::snprintf(digits.data(), digits.size(), "%08X", word);
        text += digits.data();
    }
    return text;
}

/// A port, behind its colon.
std::string hexadecimal(in_port_t port) {
    std::array<char, 6> digits{};
    std::snprintf(digits.data(), digits.size(), ":%04X", ntohs(port));
    return digits.data();
}

/// One end of a connection, as an IPv4 and as an IPv6 socket has it.
struct address_pair {
    std::string four;
    std::string six;
};

std::optional<address_pair> loopback(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in of{};
        std::memcpy(&of, &address, sizeof of);
        if (ntohl(of.sin_addr.s_addr) >> 24 != 127) return std::nullopt;
        const std::string port = hexadecimal(of.sin_port);
        const std::uint32_t mapped[] = {0, 0, htonl(0xffff), of.sin_addr.s_addr};
        return address_pair{hexadecimal(&of.sin_addr, 1) + port, hexadecimal(mapped, 4) + port};
    }
    if (address.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 of{};
    std::memcpy(&of, &address, sizeof of);
    const std::string port = hexadecimal(of.sin6_port);
    const std::string six = hexadecimal(&of.sin6_addr, 4) + port;
    if (IN6_IS_ADDR_LOOPBACK(&of.sin6_addr)) return address_pair{"", six};
    if (!IN6_IS_ADDR_V4MAPPED(&of.sin6_addr) || of.sin6_addr.s6_addr[12] != 127)
        return std::nullopt;
    return address_pair{hexadecimal(of.sin6_addr.s6_addr + 12, 1) + port, six};
}

/// Who has the socket from `local` to `remote`, by a table of the system.
std::optional<uid_t> owner(const char* table, const std::string& local, const std::string& remote) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line); // the names of the columns
    while (!local.empty() && std::getline(file, line)) {
        std::istringstream columns(line);
        std::string number, from, to, state, queues, timer, retries, timeout, inode;
        uid_t user = 0;
        columns >> number >> from >> to >> state >> queues >> timer >> retries >> user >> timeout >>
            inode;
        if (columns && from == local && to == remote && inode != nothing) return user;
    }
    return std::nullopt;
}

} // namespace

std::optional<uid_t> local_user_of(int socket) {
    sockaddr_storage here{};
    sockaddr_storage there{};
    socklen_t size = sizeof here;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&here), &size) != 0) return std::nullopt;
    if (here.ss_family == AF_UNIX) {
        ucred peer{};
        size = sizeof peer;
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
        return peer.uid;
    }
    size = sizeof there;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&there), &size) != 0) return std::nullopt;
    const auto ours = loopback(here);
    const auto theirs = loopback(there);
    if (!ours || !theirs) return std::nullopt;
    if (const auto user = owner("/proc/self/net/tcp", theirs->four, ours->four)) return user;
    return owner("/proc/self/net/tcp6", theirs->six, ours->six);
}
