// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace framing::inline v0::net {

/// Where a server listens or a client connects: HOST:PORT, [IPV6]:PORT or unix:PATH.
struct address {
    std::string host; ///< A name or an address; empty for a Unix-domain socket.
    std::string port; ///< Digits, 0 to 65535; empty for a Unix-domain socket.
    std::string path; ///< Of a Unix-domain socket; else empty.

    /// How the text of a Unix-domain one begins.
    static constexpr std::string_view unix_prefix = "unix:";

    /// The address that a text says. No name is looked up.
    ///
    /// Throws: std::invalid_argument, with a message for the person who typed it; std::bad_alloc.
    [[nodiscard]] static address parse(std::string_view text);

    /// Whether it is a Unix-domain one.
    [[nodiscard]] bool is_unix() const noexcept { return host.empty(); }
};

/// A port as a number; nullopt where it is none. Throws: nothing.
[[nodiscard]] inline std::optional<std::uint16_t> to_port(std::string_view digits) {
    std::uint16_t port = 0;
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, port);
    if (error != std::errc{} || end != last) return std::nullopt;
    return port;
}

inline address address::parse(std::string_view text) {
    if (text.starts_with(unix_prefix) && text.size() > unix_prefix.size())
        return {{}, {}, std::string(text.substr(unix_prefix.size()))};
    const std::size_t colon = text.rfind(':');
    if (colon != text.npos && to_port(text.substr(colon + 1))) {
        std::string_view host = text.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']'))
            host = host.substr(1, host.size() - 2);
        else if (host.find(':') != host.npos)
            host = {};
        if (!host.empty()) return {std::string(host), std::string(text.substr(colon + 1)), {}};
    }
    throw std::invalid_argument("'" + std::string(text) +
                                "' is no address: write HOST:PORT, [IPV6]:PORT or unix:PATH");
}

/// An IPv4 address as such, also where a socket of IPv6 names it; any other as it is. Throws:
/// nothing.
[[nodiscard]] inline asio::ip::address unmapped(const asio::ip::address& host) {
    if (!host.is_v6() || !host.to_v6().is_v4_mapped()) return host;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, host.to_v6());
}

/// An endpoint of TCP or UDP as addresses are typed. Throws: std::bad_alloc.
template <class Protocol>
[[nodiscard]] std::string to_string(const asio::ip::basic_endpoint<Protocol>& endpoint) {
    const asio::ip::address host = unmapped(endpoint.address());
    const std::string text = host.to_string();
    return (host.is_v6() ? '[' + text + ']' : text) + ':' + std::to_string(endpoint.port());
}

/// The endpoint as what it really is. Pre: it is no Unix-domain one. Throws: nothing.
[[nodiscard]] inline asio::ip::tcp::endpoint to_tcp(const stream_endpoint& endpoint) {
    asio::ip::tcp::endpoint tcp;
    // Whatever its size: that of an accepted peer is 0 with Asio on Windows.
    std::memcpy(tcp.data(), endpoint.data(), tcp.capacity());
    return tcp;
}

/// Whether it is that of a Unix-domain socket. Throws: nothing.
[[nodiscard]] inline bool is_unix(const stream_endpoint& endpoint) {
    return endpoint.protocol().family() == asio::local::stream_protocol().family();
}

/// The path of a Unix-domain socket; empty where it has none. Throws: std::bad_alloc.
[[nodiscard]] inline std::string to_path(const stream_endpoint& endpoint) {
    asio::local::stream_protocol::endpoint local;
    const std::size_t size = (std::min)(endpoint.size(), local.capacity()); // Linux may say more
    std::memcpy(local.data(), endpoint.data(), size);
    local.resize(size); // which looks for the path's end
    return local.path();
}

/// The endpoint as addresses are typed, with `?` for control characters. Throws: std::bad_alloc.
[[nodiscard]] inline std::string to_string(const stream_endpoint& endpoint) {
    if (!is_unix(endpoint)) return to_string(to_tcp(endpoint));
    std::string path = to_path(endpoint);
    std::ranges::replace_if(
        path, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
    return std::string(address::unix_prefix) + path;
}

/// What counts as one place where connections come from: an IPv4 address, or a /64 of IPv6, of
/// which anybody has all. Throws: std::bad_alloc.
[[nodiscard]] inline std::string network_of(const asio::ip::address& host) {
    const asio::ip::address whole = unmapped(host);
    if (whole.is_v4()) return whole.to_string();
    auto bytes = whole.to_v6().to_bytes();
    std::fill_n(bytes.begin() + 8, 8, static_cast<unsigned char>(0));
    return asio::ip::address_v6(bytes).to_string() + "/64";
}
/// As above; empty for a Unix-domain socket.
[[nodiscard]] inline std::string network_of(const stream_endpoint& endpoint) {
    return is_unix(endpoint) ? std::string() : network_of(to_tcp(endpoint).address());
}

/// Whether only this machine can reach it. Throws: nothing.
[[nodiscard]] inline bool is_local(const stream_endpoint& endpoint) {
    return is_unix(endpoint) || unmapped(to_tcp(endpoint).address()).is_loopback();
}

} // namespace framing::inline v0::net
