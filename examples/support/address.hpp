// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <string>
#include <string_view>

/// Stream sockets, TCP and Unix alike.
using stream_socket = asio::generic::stream_protocol::socket;
using stream_endpoint = asio::generic::stream_protocol::endpoint;
using stream_acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// Where a server listens or a client connects: HOST:PORT, [IPV6]:PORT or unix:PATH.
struct address {
    std::string host; // empty for a Unix-domain socket
    std::string port;
    std::string path;

    /// Throws: std::invalid_argument, with a message for the person who typed it.
    [[nodiscard]] static address parse(std::string_view text);

    [[nodiscard]] bool is_unix() const { return host.empty(); }
};

/// An endpoint as addresses are typed.
[[nodiscard]] std::string to_string(const stream_endpoint& endpoint);

/// Whether only this machine can reach it.
[[nodiscard]] bool is_local(const stream_endpoint& endpoint);

/// Looks a server's own address up.
/// Throws: std::system_error if it is none.
[[nodiscard]] stream_endpoint resolve_local(const address& where);

/// Makes a server's socket, which nobody else can connect to if it is a Unix-domain one. A socket
/// file that an earlier server left behind is replaced, anything else at that path is not.
/// Throws: std::system_error.
[[nodiscard]] stream_acceptor listen(asio::io_context& io, const stream_endpoint& endpoint);

/// Connects to the first endpoint of `where` that answers.
/// Throws: std::system_error.
[[nodiscard]] stream_socket connect(asio::io_context& io, const address& where);
