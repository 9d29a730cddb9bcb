// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>

#include <utility>

namespace framing::inline v0::net {

/// Connects to the first endpoint of `where` that answers.
/// Throws: system_error.
[[nodiscard]] inline asio::awaitable<stream_socket> connect(asio::any_io_executor executor,
                                                            address where) {
    if (where.is_unix()) {
        asio::local::stream_protocol::socket socket(executor);
        co_await socket.async_connect(asio::local::stream_protocol::endpoint(where.path),
                                      asio::use_awaitable);
        co_return stream_socket(std::move(socket));
    }
    asio::ip::tcp::socket socket(executor);
    error_code is_name;
    const asio::ip::address literal = asio::ip::make_address(where.host, is_name);
    if (is_name) {
        asio::ip::tcp::resolver resolver(executor); // which starts a thread
        const auto endpoints =
            co_await resolver.async_resolve(where.host, where.port, asio::use_awaitable);
        co_await asio::async_connect(socket, endpoints, asio::use_awaitable);
    } else {
        const asio::ip::tcp::endpoint endpoint(literal, to_port(where.port).value());
        co_await socket.async_connect(endpoint, asio::use_awaitable);
    }
    socket.set_option(asio::ip::tcp::no_delay(true));
    co_return stream_socket(std::move(socket));
}

} // namespace framing::inline v0::net
