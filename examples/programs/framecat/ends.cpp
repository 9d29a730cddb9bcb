// SPDX-License-Identifier: MIT
#include "framecat/ends.hpp"

#include <framing/net/address.hpp>

#include "support/tls.hpp"

namespace framecat {

asio::awaitable<std::size_t> read(transport& from, std::span<std::byte> into,
                                  std::error_code& error) {
    const std::size_t size = co_await from.async_read_some(
        asio::buffer(into.data(), into.size()), asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::eof) error = {};
    co_return size;
}

asio::awaitable<void> write(transport& to, framing::byte_view bytes, std::error_code& error) {
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    co_await asio::async_write(to, buffer, asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> end_sending(transport& to) {
    std::error_code ignored;
    if (to.tls() == nullptr) {
        to.lowest_layer().shutdown(asio::socket_base::shutdown_send, ignored);
        co_return;
    }
    co_await tls::end_sending(to);
}

void end(transport& stream, bool by_reset) {
    std::error_code ignored;
    if (by_reset) stream.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream.lowest_layer().close(ignored);
}

std::string peer_of(transport& stream) {
    std::error_code gone;
    const auto endpoint = stream.lowest_layer().remote_endpoint(gone);
    if (gone) return "somebody who has gone";
    return framing::net::is_unix(endpoint) ? "this machine" : framing::net::to_string(endpoint);
}

} // namespace framecat
