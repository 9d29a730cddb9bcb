// SPDX-License-Identifier: MIT
#include "system/local_user.hpp"

#include "support/descriptor.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

/// One end of a connection over loopback.
struct loopback_end {
    sa_family_t family = AF_UNSPEC;
    in_port_t port = 0;
    std::array<std::uint32_t, 4> address{};
};

/// IPv4 in IPv6 is IPv4, whichever of the two the socket at the other end is.
std::optional<loopback_end> loopback(const sockaddr_storage& address) {
    constexpr std::uint32_t net = 127;
    if (address.ss_family == AF_INET) {
        sockaddr_in of{};
        std::memcpy(&of, &address, sizeof of);
        if (ntohl(of.sin_addr.s_addr) >> 24 != net) return std::nullopt;
        return loopback_end{AF_INET, of.sin_port, {of.sin_addr.s_addr}};
    }
    if (address.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 of{};
    std::memcpy(&of, &address, sizeof of);
    std::array<std::uint32_t, 4> words{};
    std::memcpy(words.data(), &of.sin6_addr, sizeof of.sin6_addr);
    if (IN6_IS_ADDR_LOOPBACK(&of.sin6_addr)) return loopback_end{AF_INET6, of.sin6_port, words};
    if (!IN6_IS_ADDR_V4MAPPED(&of.sin6_addr) || ntohl(words[3]) >> 24 != net) return std::nullopt;
    return loopback_end{AF_INET, of.sin6_port, {words[3]}};
}

/// Who has the socket from `local` to `remote`, as the system knows. It is asked for this one, as
/// others decide how many there are.
std::optional<user_id> owner(const loopback_end& local, const loopback_end& remote) {
    const descriptor system(
        ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
    struct {
        nlmsghdr head;
        inet_diag_req_v2 body;
    } question{};
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.head.nlmsg_flags = NLM_F_REQUEST;
    question.body.sdiag_family = static_cast<std::uint8_t>(local.family);
    question.body.sdiag_protocol = IPPROTO_TCP;
    question.body.idiag_states = ~0U;
    inet_diag_sockid& id = question.body.id;
    id.idiag_sport = local.port;
    id.idiag_dport = remote.port;
    std::memcpy(id.idiag_src, local.address.data(), sizeof id.idiag_src);
    std::memcpy(id.idiag_dst, remote.address.data(), sizeof id.idiag_dst);
    id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (::send(system.get(), &question, sizeof question, 0) < 0) return std::nullopt;

    std::array<std::byte, 4096> bytes{};
    sockaddr_nl from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = ::recvfrom(system.get(), bytes.data(), bytes.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_size);
    nlmsghdr head{};
    inet_diag_msg body{};
    if (size < static_cast<ssize_t>(sizeof head + sizeof body) || from.nl_pid != 0)
        return std::nullopt;
    std::memcpy(&head, bytes.data(), sizeof head);
    std::memcpy(&body, bytes.data() + sizeof head, sizeof body);
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
    // Where there is no such connection, the system tells of who listens there. A socket that no
    // process has any more has no inode.
    if (body.idiag_state == TCP_LISTEN || body.idiag_inode == 0) return std::nullopt;
    return body.idiag_uid;
}

} // namespace

std::optional<user_id> local_user_of(framing::net::stream_socket& connected) {
    const int socket = connected.native_handle();
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
    return owner(*theirs, *ours);
}
