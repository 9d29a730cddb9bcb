// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>
#include <framing/net/asio.hpp>

#include "support/tls_stream.hpp"

#include <asio.hpp>

#include <string>
#include <string_view>
#include <system_error>

class transport;

/// TLS 1.3, and how each side knows the other.
namespace tls {

struct server_files {
    std::string certificate; // with its chain, PEM
    std::string key;
    std::string client_authority; // who signs clients' certificates; empty: none is asked for

    [[nodiscard]] bool given() const { return !certificate.empty(); }
};

struct client_files {
    bool wanted = false;
    std::string authority;   // who signs the server's certificate; empty: those the system trusts
    std::string pin;         // SHA-256 of the server's certificate, instead of any authority
    std::string certificate; // our own, if the server asks for one
    std::string key;

    /// Whether TLS is to be used.
    [[nodiscard]] bool given() const {
        return wanted || !authority.empty() || !pin.empty() || !certificate.empty();
    }
};

/// A fingerprint as it is compared: `openssl x509 -fingerprint` writes capitals and colons.
/// Throws: std::invalid_argument, with a message for the person who typed it.
[[nodiscard]] std::string parse_pin(std::string_view text);

/// Throws: std::runtime_error, which names the file; std::invalid_argument for what is none.
[[nodiscard]] context make_context(const server_files& files);
[[nodiscard]] context make_context(const client_files& files);

/// Makes a client's stream, which takes nobody but `host`, or whoever has the pinned certificate.
[[nodiscard]] transport make_stream(framing::net::stream_socket socket, context& context,
                                    const client_files& files, const std::string& host);

/// Which side of a connection we are.
enum class side { server, client };

/// Pre: there is TLS over it.
asio::awaitable<void> shake_hands(transport& stream, side ours, std::error_code& error);

/// Why the peer's certificate was refused there; empty where it was not.
[[nodiscard]] std::string_view refused_certificate(transport& stream);

/// Says that nothing more is sent, and does not wait for the other side to say so: it may go on.
/// Pre: there is TLS over it.
asio::awaitable<void> end_sending(transport& stream);

/// Whether an error is TLS's own, and not one of the connection below.
[[nodiscard]] bool is_own(const std::error_code& failure);

/// Whether the connection has ended without the goodbye of TLS.
[[nodiscard]] bool is_cut_off(const std::error_code& failure);

/// Whether a handshake has failed since what came is no TLS at all.
[[nodiscard]] bool is_plain(const std::error_code& failure);

/// Tells who has spoken without TLS, by an alert, that it is spoken here, and waits a little for
/// him to go.
asio::awaitable<void> answer_plain(transport& stream);

/// Whether what should have been a frame is TLS, such as that alert.
[[nodiscard]] bool is_record(const framing::fault& fault);

/// Who the peer's certificate says it is; empty where it showed none.
[[nodiscard]] std::string peer_name(transport& stream);

} // namespace tls
