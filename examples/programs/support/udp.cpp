// SPDX-License-Identifier: MIT
#include "support/udp.hpp"

#include <framing/net/address.hpp>

#include <stdexcept>

template class framing::net::datagram_socket<nlohmann::json>;

namespace udp {

endpoint resolve(const std::string& text) {
    const auto where = framing::net::address::parse(text);
    if (where.is_unix()) throw std::invalid_argument("'" + text + "': UDP needs HOST:PORT");
    asio::io_context io;
    asio::ip::udp::resolver resolver(io);
    return resolver.resolve(where.host, where.port).begin()->endpoint();
}

asio::awaitable<const datagram*> receive(socket& from) {
    co_return co_await from.receive();
}
asio::awaitable<const datagram*> receive(socket& from, std::error_code& error) {
    co_return co_await from.receive(asio::redirect_error(asio::use_awaitable, error));
}

} // namespace udp
