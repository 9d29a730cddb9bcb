// SPDX-License-Identifier: MIT
#include "support/udp.hpp"

#include <framing/encoder.hpp>
#include <framing/net/address.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

template class framing::net::datagram_socket<framing::header_view>;

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

std::error_code send(socket& from, const nlohmann::json& header, framing::byte_view body,
                     const endpoint& to) {
    framing::encoder<> encoder;
    auto frame = std::make_shared<std::string>();
    if (const std::error_code error = encoder.encode(header, body, *frame)) return error;
    return from.send(framing::shared_frame(std::move(frame)), to);
}

} // namespace udp
