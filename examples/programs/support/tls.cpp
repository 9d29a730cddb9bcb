// SPDX-License-Identifier: MIT
#include "support/tls.hpp"

#include <framing/net/condition.hpp>
#include <framing/net/tls.hpp>

#include "support/hex.hpp"
#include "support/tasks.hpp"
#include "support/tls_keys.hpp"
#include "support/transport.hpp"
#include "system/regular_file.hpp"

#include <asio/ssl/error.hpp>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cctype>
#include <chrono>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace tls {
namespace {

/// OpenSSL's own words say which rule was broken, but not by which file; and it would read a device
/// without an end.
template <class Use>
void use(const std::string& file, Use use_file) {
    static_cast<void>(open_regular_file(file, O_RDONLY));
    std::error_code error;
    use_file(error);
    if (error) throw std::runtime_error(file + ": " + error.message());
}

void use_certificate(context& context, const std::string& certificate, const std::string& key) {
    if (certificate.empty()) return;
    use(certificate, [&](auto& error) { context.use_certificate_chain_file(certificate, error); });
    use(key, [&](auto& error) { context.use_private_key_file(key, context::pem, error); });
}

context newest(context::method method) {
    context result(method);
    SSL_CTX_set_min_proto_version(result.native_handle(), TLS1_3_VERSION);
    // Sessions are never resumed, so that who connects is always asked for all there is.
    SSL_CTX_set_num_tickets(result.native_handle(), 0);
    SSL_CTX_set_session_cache_mode(result.native_handle(), SSL_SESS_CACHE_OFF);
    // Connections that are idle need no buffers.
    SSL_CTX_set_mode(result.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    keep_keys(result);
    return result;
}

std::string fingerprint(X509* certificate) {
    std::array<unsigned char, 32> digest{};
    X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
    return to_hex(digest);
}

asio::awaitable<void> read_to_end(framing::net::stream_socket& socket, std::span<char> into) {
    std::error_code end;
    while (!end)
        co_await socket.async_read_some(asio::buffer(into.data(), into.size()),
                                        asio::redirect_error(asio::use_awaitable, end));
}

} // namespace

std::string parse_pin(std::string_view text) {
    std::string pin;
    for (const char c : text)
        if (c != ':') pin += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (pin.size() != 64 || pin.find_first_not_of("0123456789abcdef") != pin.npos)
        throw std::invalid_argument("--tls-pin " + std::string(text) +
                                    ": is no SHA-256, which has 64 hexadecimal digits");
    return pin;
}

context make_context(const server_files& files) {
    context result = newest(context::tls_server);
    use_certificate(result, files.certificate, files.key);
    if (!files.client_authority.empty()) {
        use(files.client_authority,
            [&](auto& error) { result.load_verify_file(files.client_authority, error); });
        result.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    return result;
}

context make_context(const client_files& files) {
    context result = newest(context::tls_client);
    use_certificate(result, files.certificate, files.key);
    if (files.authority.empty())
        result.set_default_verify_paths();
    else
        use(files.authority, [&](auto& error) { result.load_verify_file(files.authority, error); });
    result.set_verify_mode(asio::ssl::verify_peer);
    return result;
}

transport make_stream(framing::net::stream_socket socket, context& context,
                      const client_files& files, const std::string& host) {
    transport result(std::move(socket), context);
    tls::stream& stream = *result.tls();
    if (files.pin.empty()) {
        framing::net::expect_host(stream, host);
    } else {
        // Whoever signed it: only the certificate itself counts, the last to be verified.
        stream.set_verify_callback(
            [pin = parse_pin(files.pin)](bool, asio::ssl::verify_context& verified) {
                X509_STORE_CTX* const store = verified.native_handle();
                if (X509_STORE_CTX_get_error_depth(store) != 0) return true;
                return fingerprint(X509_STORE_CTX_get_current_cert(store)) == pin;
            });
    }
    return result;
}

asio::awaitable<void> shake_hands(transport& stream, side ours, std::error_code& error) {
    const auto as =
        ours == side::server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client;
    co_await stream.tls()->async_handshake(as, asio::redirect_error(asio::use_awaitable, error));
}

std::string_view refused_certificate(transport& stream) {
    return framing::net::refused_certificate(*stream.tls());
}

/// OpenSSL would wait for the other side's goodbye, and take what comes before it away. So it is
/// told that this has come, for as long as it makes ours.
asio::awaitable<void> end_sending(transport& stream) {
    SSL* const session = stream.tls()->native_handle();
    const int before = SSL_get_shutdown(session);
    struct state {
        explicit state(const asio::any_io_executor& executor) : changed(executor) {}

        framing::net::condition changed;
        bool is_sent = false;
    };
    // Which may be waited for no longer than somebody likes.
    const auto goodbye = std::make_shared<state>(stream.get_executor());
    SSL_set_shutdown(session, before | SSL_RECEIVED_SHUTDOWN);
    stream.tls()->async_shutdown([goodbye](std::error_code) {
        goodbye->is_sent = true;
        goodbye->changed.notify();
    });
    SSL_set_shutdown(session, before | SSL_SENT_SHUTDOWN);
    if (!goodbye->is_sent) co_await goodbye->changed.wait();
}

bool is_own(const std::error_code& failure) {
    return failure.category() == asio::error::get_ssl_category();
}

bool is_cut_off(const std::error_code& failure) {
    return failure == asio::ssl::error::stream_truncated;
}

bool is_plain(const std::error_code& failure) {
    return is_own(failure) && ERR_GET_REASON(static_cast<unsigned long>(failure.value())) ==
                                  SSL_R_WRONG_VERSION_NUMBER;
}

asio::awaitable<void> answer_plain(transport& stream) {
    constexpr std::array<unsigned char, 7> alert{21, 3, 3, 0, 2, 2, 70}; // fatal: protocol_version
    framing::net::stream_socket& socket = stream.lowest_layer();
    std::error_code error;
    co_await asio::async_write(socket, asio::buffer(alert),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    socket.shutdown(asio::socket_base::shutdown_send, error);
    // To close while something is unread would take the alert back.
    std::array<char, 4096> dropped{};
    try {
        co_await tasks::within(std::chrono::seconds(1), read_to_end(socket, dropped));
    } catch (const std::system_error&) {
        co_return; // it does not go
    }
}

bool is_record(const framing::fault& fault) {
    const auto kind = fault.declared >> 24; // of an alert, or of a handshake
    return fault.code == framing::errc::header_too_large && (kind == 21 || kind == 22) &&
           (fault.declared >> 16 & 0xff) == 3;
}

std::string peer_name(transport& stream) {
    if (stream.tls() == nullptr) return {};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        SSL_get1_peer_certificate(stream.tls()->native_handle()), X509_free);
    if (!certificate) return {};
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return std::string(name.data()) + " (" + fingerprint(certificate.get()).substr(0, 16) + ")";
}

} // namespace tls
