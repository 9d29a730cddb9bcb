// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <asio.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

/// A stream socket as it is, or with TLS over it, which a user decides when the program starts.
class transport {
public:
    using tls_stream = asio::ssl::stream<framing::net::stream_socket>;
    using lowest_layer_type = framing::net::stream_socket;
    using executor_type = lowest_layer_type::executor_type;

    explicit transport(framing::net::stream_socket socket)
        : plain_(std::make_unique<framing::net::stream_socket>(std::move(socket))) {}
    transport(framing::net::stream_socket socket, asio::ssl::context& context)
        : tls_(std::make_unique<tls_stream>(std::move(socket), context)) {}

    [[nodiscard]] executor_type get_executor() { return lowest_layer().get_executor(); }
    [[nodiscard]] lowest_layer_type& lowest_layer() { return tls_ ? tls_->next_layer() : *plain_; }

    /// TLS, or nullptr where there is none.
    [[nodiscard]] tls_stream* tls() { return tls_.get(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return plain_->async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return plain_->async_write_some(buffers, std::forward<Token>(token));
    }

    /// Writes what can leave at once.
    template <class Buffers>
    std::size_t write_now(const Buffers& buffers, std::error_code& error) {
        if (plain_) return plain_->write_some(buffers, error);
        error = asio::error::would_block;
        return 0;
    }

    /// Says that nothing more is sent.
    template <class Token>
    auto async_shutdown(Token&& token) {
        if (tls_) return tls_->async_shutdown(std::forward<Token>(token));
        std::error_code error;
        plain_->shutdown(asio::socket_base::shutdown_send, error);
        return asio::async_initiate<Token, void(std::error_code)>(
            [this, error](auto handler) {
                asio::post(get_executor(), [error, handler = std::move(handler)]() mutable {
                    std::move(handler)(error);
                });
            },
            token);
    }

private:
    // Each owned, so that moving one does not move what operations may be under way on.
    std::unique_ptr<framing::net::stream_socket> plain_;
    std::unique_ptr<tls_stream> tls_;
};
