// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/connect_first.hpp>
#include <framing/net/detail/nameless.hpp>

#include <nlohmann/json_fwd.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

namespace detail {

inline asio::awaitable<stream_socket> connect(asio::any_io_executor executor, address where) {
    if (where.is_unix()) {
        asio::local::stream_protocol::socket socket(executor);
        co_await socket.async_connect(asio::local::stream_protocol::endpoint(where.path),
                                      asio::use_awaitable);
        co_return stream_socket(std::move(socket));
    }
    error_code is_name;
    const asio::ip::address literal = asio::ip::make_address(where.host, is_name);
    std::vector<asio::ip::tcp::endpoint> endpoints;
    if (is_name) {
        asio::ip::tcp::resolver resolver(executor); // which starts a thread
        for (const auto& each :
             co_await resolver.async_resolve(where.host, where.port, asio::use_awaitable))
            endpoints.push_back(each.endpoint());
    } else {
        endpoints.emplace_back(literal, to_port(where.port).value());
    }
    asio::ip::tcp::socket socket = co_await connect_first(executor, std::move(endpoints));
    socket.set_option(asio::ip::tcp::no_delay(true));
    co_return stream_socket(std::move(socket));
}

template <class Header>
asio::awaitable<connection<stream_socket, Header>> connect_frames(address where,
                                                                  connection_options options) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    stream_socket socket = co_await connect(executor, where);
    co_return connection<stream_socket, Header>(std::move(socket), options);
}

} // namespace detail

/// Connects, as `server::listen` takes addresses, by the executor of the coroutine that awaits it:
///
///     auto peer = co_await net::connect("127.0.0.1:4000");
///
/// Options have a name: a braced list does not compile, as g++ 12 would destroy it twice where the
/// call is awaited.
///
/// It has no time limit of its own, see `within`. Cancelled, it throws operation_aborted, once a
/// look-up of the name that is under way has ended. `where` is read at once and need not live until
/// then.
///
/// Returns: when awaited, the connection, named as `where` says unless the options have a name.
///
/// Throws: std::invalid_argument at once; when awaited system_error, of several addresses what the
/// first that failed has said; std::bad_alloc.
template <class Header = nlohmann::json, class GiveTheOptionsANameFirst>
requires detail::named<GiveTheOptionsANameFirst, connection_options>
[[nodiscard]] asio::awaitable<connection<stream_socket, Header>>
connect(std::string_view where, GiveTheOptionsANameFirst&& options) {
    connection_options named(std::forward<GiveTheOptionsANameFirst>(options));
    if (named.name.empty()) named.name = where;
    return detail::connect_frames<Header>(address::parse(where), std::move(named));
}
/// As above, where g++ 12 would compile options that kill the program.
template <class Header = nlohmann::json, class GiveTheOptionsANameFirst>
requires detail::nameless<GiveTheOptionsANameFirst, connection_options>
[[nodiscard, FRAMING_NAME_IT_FIRST]] asio::awaitable<connection<stream_socket, Header>>
connect(std::string_view where, GiveTheOptionsANameFirst&& options) {
    return connect<Header>(where, options);
}
/// As above, with the default options.
template <class Header = nlohmann::json>
[[nodiscard]] asio::awaitable<connection<stream_socket, Header>> connect(std::string_view where) {
    const connection_options options;
    return connect<Header>(where, options);
}

/// A socket alone, connected to the first address of `where` that answers, tried in turns of IPv6
/// and IPv4 without waiting for one that is silent. Cancelled, it ends as above.
///
/// The address has a name, or comes from `address::parse`: a braced list does not compile, as g++
/// 12 would destroy it twice where the call is awaited.
///
/// Throws: when awaited, system_error; std::bad_alloc.
template <class GiveTheAddressANameFirst>
requires std::same_as<std::remove_cvref_t<GiveTheAddressANameFirst>, address>
[[nodiscard]] asio::awaitable<stream_socket> connect(asio::any_io_executor executor,
                                                     GiveTheAddressANameFirst&& where) {
    return detail::connect(std::move(executor), std::forward<GiveTheAddressANameFirst>(where));
}

} // namespace framing::inline v0::net
