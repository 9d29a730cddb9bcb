// SPDX-License-Identifier: MIT
#pragma once

// Connections and servers over TLS, for programs that have OpenSSL.

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/nameless.hpp>
#include <framing/net/server_options.hpp>

#include <nlohmann/json_fwd.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#ifdef FRAMING_BOOST_ASIO
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#else
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>
#endif

#include <string>
#include <string_view>
#include <utility>

namespace framing::inline v0::net {

/// TLS over a socket.
using tls_stream = asio::ssl::stream<stream_socket>;

/// Before the handshake of a client: who answers has to show a certificate for `host`, a name or an
/// address among its subjectAltNames, signed by one that the context trusts. A name is said in the
/// greeting, so that one machine can be several.
///
/// Throws: system_error where it cannot be a host; std::bad_alloc.
inline void expect_host(tls_stream& stream, std::string host) {
    SSL* const session = stream.native_handle();
    X509_VERIFY_PARAM* const rules = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    stream.set_verify_mode(asio::ssl::verify_peer);
    error_code is_name;
    asio::ip::make_address(host, is_name);
    // An empty one would be none to check. RFC 6066 allows no addresses in the greeting.
    const bool expected =
        !host.empty() &&
        (is_name ? X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1 &&
                       SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                host.data()) == 1
                 : X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1);
    if (!expected) throw system_error(asio::error::invalid_argument, '\'' + host + "' is no host");
}

/// Returns: why the certificate that the other side showed in a handshake was refused, such as
/// "hostname mismatch"; empty where it was not. Static.
inline std::string_view refused_certificate(tls_stream& stream) noexcept {
    const long why = SSL_get_verify_result(stream.native_handle());
    return why == X509_V_OK ? std::string_view() : X509_verify_cert_error_string(why);
}

namespace detail {

template <class Header>
asio::awaitable<connection<tls_stream, Header>>
connect_tls(address where, asio::ssl::context& context, connection_options options) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    stream_socket socket = co_await connect(executor, where);
    tls_stream stream(std::move(socket), context);
    expect_host(stream, where.is_unix() ? "localhost" : where.host);
    error_code error;
    co_await stream.async_handshake(asio::ssl::stream_base::client,
                                    asio::redirect_error(asio::use_awaitable, error));
    const std::string refused(refused_certificate(stream));
    if (error && !refused.empty()) throw system_error(error, refused);
    if (error) throw system_error(error);
    co_return connection<tls_stream, Header>(std::move(stream), options);
}

} // namespace detail

/// Connects over TLS. Who answers has to show a certificate for the host of `where`, or for
/// localhost at a Unix-domain socket, signed by one that the context trusts, which has to outlive
/// the connection:
///
///     asio::ssl::context context(asio::ssl::context::tls_client);
///     context.set_default_verify_paths();
///     auto peer = co_await net::connect("frames.example.org:4000", context);
///
/// Everything else is as in the other net::connect; the handshake, too, has no time limit, and is
/// cancelled with it.
///
/// Returns: when awaited, the connection.
///
/// Throws: std::invalid_argument at once; when awaited system_error, whose what() says why a
/// certificate was refused; std::bad_alloc.
template <class Header = nlohmann::json, class GiveTheOptionsANameFirst>
requires detail::named<GiveTheOptionsANameFirst, connection_options>
[[nodiscard]] asio::awaitable<connection<tls_stream, Header>>
connect(std::string_view where, asio::ssl::context& context, GiveTheOptionsANameFirst&& options) {
    connection_options named(std::forward<GiveTheOptionsANameFirst>(options));
    if (named.name.empty()) named.name = where;
    return detail::connect_tls<Header>(address::parse(where), context, std::move(named));
}
/// As above, where g++ 12 would compile options that kill the program.
template <class Header = nlohmann::json, class GiveTheOptionsANameFirst>
requires detail::nameless<GiveTheOptionsANameFirst, connection_options>
[[nodiscard, FRAMING_NAME_IT_FIRST]] asio::awaitable<connection<tls_stream, Header>>
connect(std::string_view where, asio::ssl::context& context, GiveTheOptionsANameFirst&& options) {
    return connect<Header>(where, context, options);
}
/// As above, with the default options.
template <class Header = nlohmann::json>
[[nodiscard]] asio::awaitable<connection<tls_stream, Header>> connect(std::string_view where,
                                                                      asio::ssl::context& context) {
    const connection_options options;
    return connect<Header>(where, context, options);
}

/// Lets a server speak TLS. The context, with the server's certificate and key, has to outlive it:
///
///     net::server<net::tls_stream> server(executor, handler, net::with_tls(context));
///
/// Returns: the options, with what makes a stream and shakes hands. Throws: std::bad_alloc.
template <class Header = nlohmann::json>
[[nodiscard]] server_options<tls_stream, Header>
with_tls(asio::ssl::context& context, server_options<tls_stream, Header> options = {}) {
    options.make_stream = [&context](stream_socket socket) {
        return tls_stream(std::move(socket), context);
    };
    options.handshake = [](tls_stream& stream) {
        return stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    };
    return options;
}

} // namespace framing::inline v0::net
