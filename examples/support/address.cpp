// SPDX-License-Identifier: MIT
#include "support/address.hpp"

#include <sys/stat.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace {

constexpr std::string_view unix_prefix = "unix:";

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

/// Takes a socket file away that nobody listens on.
void remove_stale_socket(asio::io_context& io, const stream_endpoint& endpoint) {
    const std::filesystem::path path = to_string(endpoint).substr(unix_prefix.size());
    std::error_code error;
    if (!std::filesystem::is_socket(path, error)) return;
    stream_socket probe(io, endpoint.protocol());
    probe.connect(endpoint, error);
    if (error == asio::error::connection_refused) std::filesystem::remove(path);
}

} // namespace

address address::parse(std::string_view text) {
    if (text.starts_with(unix_prefix) && text.size() > unix_prefix.size())
        return {{}, {}, std::string(text.substr(unix_prefix.size()))};
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
        const std::string prefix(unix_prefix);
        return endpoint.size() <= offset ? prefix : prefix + name->sun_path;
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

stream_acceptor listen(asio::io_context& io, const stream_endpoint& endpoint) {
    if (endpoint.protocol().family() == AF_UNIX) remove_stale_socket(io, endpoint);
    stream_acceptor acceptor(io);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    const mode_t before = ::umask(0077);
    std::error_code error;
    acceptor.bind(endpoint, error);
    ::umask(before);
    if (error) throw std::system_error(error);
    acceptor.listen();
    return acceptor;
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
