// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include "support/dialect.hpp"
#include "support/tls_stream.hpp"

#include <asio.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

/// A stream socket as it is, or with TLS over it, which a user decides when the program starts; and
/// who speaks frames over it, or in a dialect.
class transport {
public:
    using lowest_layer_type = framing::net::stream_socket;
    using executor_type = lowest_layer_type::executor_type;

    explicit transport(framing::net::stream_socket socket)
        : plain_(std::make_unique<framing::net::stream_socket>(std::move(socket))) {}
    transport(framing::net::stream_socket socket, tls::context& context)
        : tls_(std::make_unique<tls::stream>(std::move(socket), context)) {}

    [[nodiscard]] executor_type get_executor() { return lowest_layer().get_executor(); }
    [[nodiscard]] lowest_layer_type& lowest_layer() { return tls_ ? tls_->next_layer() : *plain_; }

    /// TLS, or nullptr where there is none.
    [[nodiscard]] tls::stream* tls() { return tls_.get(); }

    /// From now on the peer is understood so.
    void translate(std::unique_ptr<dialect> dialect);

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (translation_) return complete(hear(*buffers.begin()), std::forward<Token>(token));
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return plain_->async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (translation_) return complete(say(copied(buffers)), std::forward<Token>(token));
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return plain_->async_write_some(buffers, std::forward<Token>(token));
    }

    /// Writes what can leave at once.
    template <class Buffers>
    std::size_t write_now(const Buffers& buffers, std::error_code& error) {
        if (plain_ && !translation_) return plain_->write_some(buffers, error);
        error = asio::error::would_block;
        return 0;
    }

    /// Reads what has come.
    std::size_t read_now(asio::mutable_buffer room, std::error_code& error) {
        if (plain_ && !translation_) return plain_->read_some(asio::buffer(room), error);
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
    struct translation;
    struct forget {
        void operator()(translation* done) const;
    };

    template <class Buffers>
    static std::string copied(const Buffers& buffers) {
        std::string bytes;
        for (const asio::const_buffer buffer : buffers)
            bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
        return bytes;
    }

    asio::awaitable<std::size_t> hear(asio::mutable_buffer room);
    asio::awaitable<std::size_t> say(std::string frames);

    /// Does `work` as an operation of a stream.
    template <class Token>
    auto complete(asio::awaitable<std::size_t> work, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            [](auto handler, const executor_type& executor, asio::awaitable<std::size_t> task) {
                const auto slot = asio::get_associated_cancellation_slot(handler);
                auto done = [handler = std::move(handler)](const std::exception_ptr& failure,
                                                           std::size_t size) mutable {
                    std::move(handler)(code_of(failure), size);
                };
                asio::co_spawn(executor, std::move(task),
                               asio::bind_cancellation_slot(slot, std::move(done)));
            },
            token, get_executor(), std::move(work));
    }
    static std::error_code code_of(const std::exception_ptr& failure);

    // Each owned, so that moving one does not move what operations may be under way on.
    std::unique_ptr<framing::net::stream_socket> plain_;
    std::unique_ptr<tls::stream> tls_;
    std::unique_ptr<translation, forget> translation_;
};
