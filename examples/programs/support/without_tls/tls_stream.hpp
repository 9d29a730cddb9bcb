// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <utility>

namespace tls {

/// What programs without TLS never have.
class context {
public:
    context() = delete;
};

/// And so nobody makes one of these.
class stream : public framing::net::stream_socket {
public:
    stream(framing::net::stream_socket socket, context&)
        : framing::net::stream_socket(std::move(socket)) {}

    [[nodiscard]] framing::net::stream_socket& next_layer() { return *this; }

    template <class Token>
    auto async_shutdown(Token&& token) {
        return async_wait(wait_write, std::forward<Token>(token));
    }
};

} // namespace tls
