// SPDX-License-Identifier: MIT
#include "system/icmp.hpp"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace chat {

void keep_icmp_errors(asio::ip::udp::socket& socket) {
    const auto keep = [&](int level, int option) {
        const int on = 1;
        if (::setsockopt(socket.native_handle(), level, option, &on, sizeof on) != 0)
            throw std::system_error(errno, std::generic_category(), "IP_RECVERR");
    };
    keep(IPPROTO_IP, IP_RECVERR); // a socket of IPv6 may have peers of both
    if (socket.local_endpoint().address().is_v6()) keep(IPPROTO_IPV6, IPV6_RECVERR);
}

std::optional<icmp_error> next_icmp_error(asio::ip::udp::socket& socket) {
    icmp_error result;
    alignas(cmsghdr) std::array<std::byte, 512> control{};
    msghdr message{};
    message.msg_name = result.who.data();
    message.msg_namelen = static_cast<socklen_t>(result.who.capacity());
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return std::nullopt;
    result.who.resize(message.msg_namelen);
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        const bool is_error = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                              (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (!is_error) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(part), sizeof error);
        result.why.assign(static_cast<int>(error.ee_errno), std::generic_category());
    }
    return result;
}

} // namespace chat
