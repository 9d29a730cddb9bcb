// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace framing::inline v0::net {

namespace detail {

inline asio::awaitable<stream_socket> connect(asio::any_io_executor executor, address where) {
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

} // namespace detail

/// Connects to the first endpoint of `where` that answers. The address has a name, or comes from
/// `address::parse`: a braced list does not compile, as g++ 12 would destroy it twice where the
/// call is awaited.
///
/// Throws: system_error.
template <class GiveTheAddressANameFirst>
requires std::same_as<std::remove_cvref_t<GiveTheAddressANameFirst>, address>
[[nodiscard]] asio::awaitable<stream_socket> connect(asio::any_io_executor executor,
                                                     GiveTheAddressANameFirst&& where) {
    return detail::connect(std::move(executor), std::forward<GiveTheAddressANameFirst>(where));
}

} // namespace framing::inline v0::net
