// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#ifndef _WIN32
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

/// The address of this machine that a datagram was sent to, which is the one to answer from: its
/// sender may take no answers from another, and the system picks by the way they go.
namespace framing::inline v0::net::detail {

#if defined(IP_PKTINFO) && defined(IPV6_RECVPKTINFO) && !defined(_WIN32) &&                        \
    !defined(FRAMING_PORTABLE)

/// Room for one of either family.
struct packet_info_room {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes{};
};

/// Has the system say it of each datagram. Returns: whether it will.
inline bool ask_for_packet_info(asio::ip::udp::socket& socket, bool v6) {
    const int on = 1;
    return ::setsockopt(socket.native_handle(), v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                        v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on) == 0;
}

inline std::optional<asio::ip::address> packet_info_of(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(part), sizeof info);
            return asio::ip::address_v4(ntohl(info.ipi_spec_dst.s_addr));
        }
        if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(part), sizeof info);
            asio::ip::address_v6::bytes_type bytes{};
            std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
            const asio::ip::address_v6 plain(bytes);
            return plain.is_link_local() ? asio::ip::address_v6(bytes, info.ipi6_ifindex) : plain;
        }
    }
    return std::nullopt;
}

/// One datagram, whose peer, bytes and control data lie there.
inline msghdr message_of(void* peer, std::size_t size, iovec& piece, packet_info_room& control) {
    msghdr message{};
    message.msg_name = peer;
    message.msg_namelen = static_cast<socklen_t>(size);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    return message;
}

/// Receives one datagram, if there is one.
inline std::size_t receive_with_packet_info(asio::ip::udp::socket& socket,
                                            std::span<std::byte> room,
                                            asio::ip::udp::endpoint& sender,
                                            asio::ip::address& destination, error_code& error) {
    packet_info_room control;
    iovec piece{room.data(), room.size()};
    msghdr message = message_of(sender.data(), sender.capacity(), piece, control);
    const auto size = ::recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
    if (size < 0) {
        error.assign(errno, asio::error::get_system_category());
        return 0;
    }
    error = {};
    sender.resize(message.msg_namelen);
    destination = packet_info_of(message).value_or(asio::ip::address());
    return static_cast<std::size_t>(size);
}

/// Sends one datagram from that address.
inline void send_with_packet_info(asio::ip::udp::socket& socket, std::span<const std::byte> bytes,
                                  asio::ip::udp::endpoint to, const asio::ip::address& from,
                                  error_code& error) {
    packet_info_room control;
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()}; // it only reads
    msghdr message = message_of(to.data(), to.size(), piece, control);
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    const auto put = [&](int level, int type, const auto& info) {
        part->cmsg_level = level;
        part->cmsg_type = type;
        part->cmsg_len = CMSG_LEN(sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
        std::memcpy(CMSG_DATA(part), &info, sizeof info);
    };
    if (from.is_v4()) {
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(from.to_v4().to_uint());
        put(IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        const auto address = from.to_v6().to_bytes();
        std::memcpy(&info.ipi6_addr, address.data(), address.size());
        info.ipi6_ifindex = static_cast<unsigned>(from.to_v6().scope_id());
        put(IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    error = {};
    if (::sendmsg(socket.native_handle(), &message, MSG_DONTWAIT) < 0)
        error.assign(errno, asio::error::get_system_category());
}

#else

inline bool ask_for_packet_info(asio::ip::udp::socket&, bool) {
    return false;
}

inline std::size_t receive_with_packet_info(asio::ip::udp::socket& socket,
                                            std::span<std::byte> room,
                                            asio::ip::udp::endpoint& sender, asio::ip::address&,
                                            error_code& error) {
    return socket.receive_from(asio::buffer(room.data(), room.size()), sender, 0, error);
}

inline void send_with_packet_info(asio::ip::udp::socket& socket, std::span<const std::byte> bytes,
                                  const asio::ip::udp::endpoint& to, const asio::ip::address&,
                                  error_code& error) {
    socket.send_to(asio::buffer(bytes.data(), bytes.size()), to, 0, error);
}

#endif

} // namespace framing::inline v0::net::detail
