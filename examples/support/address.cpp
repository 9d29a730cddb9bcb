// SPDX-License-Identifier: MIT
#include "support/address.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size();
}

/// An endpoint as what it really is.
asio::ip::tcp::endpoint as_tcp(const stream_endpoint& endpoint) {
    asio::ip::tcp::endpoint tcp;
    tcp.resize(endpoint.size());
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp;
}

} // namespace

address address::parse(std::string_view text) {
    using namespace std::string_view_literals;
    if (text.starts_with("unix:"sv) && text.size() > 5)
        return {{}, {}, std::string(text.substr(5))};
    const std::size_t colon = text.rfind(':');
    if (colon != text.npos && is_port(text.substr(colon + 1))) {
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

std::string to_string(const stream_endpoint& endpoint) {
    if (endpoint.protocol().family() == AF_UNIX) {
        const auto* const name = reinterpret_cast<const sockaddr_un*>(endpoint.data());
        const std::size_t offset = offsetof(sockaddr_un, sun_path);
        if (endpoint.size() <= offset) return "unix:";
        return "unix:" + std::string(name->sun_path);
    }
    const asio::ip::tcp::endpoint tcp = as_tcp(endpoint);
    const std::string host = tcp.address().to_string();
    return (tcp.address().is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(tcp.port());
}

bool is_local(const stream_endpoint& endpoint) {
    return endpoint.protocol().family() == AF_UNIX || as_tcp(endpoint).address().is_loopback();
}

stream_endpoint resolve_local(const address& where) {
    if (where.is_unix()) return asio::local::stream_protocol::endpoint(where.path);
    asio::io_context io;
    asio::ip::tcp::resolver resolver(io);
    const auto flags = asio::ip::resolver_base::passive | asio::ip::resolver_base::numeric_service;
    return resolver.resolve(where.host, where.port, flags).begin()->endpoint();
}

stream_socket connect(asio::io_context& io, const address& where) {
    if (where.is_unix()) {
        asio::local::stream_protocol::socket socket(io);
        socket.connect(where.path);
        return socket;
    }
    asio::ip::tcp::resolver resolver(io);
    asio::ip::tcp::socket socket(io);
    asio::connect(socket, resolver.resolve(where.host, where.port));
    socket.set_option(asio::ip::tcp::no_delay(true));
    return socket;
}
