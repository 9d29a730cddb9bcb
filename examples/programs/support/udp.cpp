// SPDX-License-Identifier: MIT
#include "support/udp.hpp"

#include <framing/encoder.hpp>
#include <framing/net/address.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include "support/contact.hpp"
#include "support/statistics.hpp"

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

template class framing::net::datagram_socket<framing::header_view>;

namespace udp {
namespace {

void count_in(const datagram& one) {
    ++counted().frames_in;
    counted().bytes_in += one.size;
}

} // namespace

endpoint resolve(const std::string& text) {
    const auto where = framing::net::address::parse(text);
    if (where.is_unix()) throw std::invalid_argument("'" + text + "': UDP needs HOST:PORT");
    asio::io_context io;
    asio::ip::udp::resolver resolver(io);
    std::error_code error;
    const auto found = resolver.resolve(where.host, where.port, error);
    if (error) throw contact::unreachable(text, error);
    return found.begin()->endpoint();
}

asio::awaitable<const datagram*> receive(socket& from) {
    const datagram* const one = co_await from.receive();
    if (one != nullptr) count_in(*one);
    co_return one;
}
asio::awaitable<const datagram*> receive(socket& from, std::error_code& error) {
    const datagram* const one =
        co_await from.receive(asio::redirect_error(asio::use_awaitable, error));
    if (one != nullptr) count_in(*one);
    co_return one;
}

std::error_code send(socket& from, const nlohmann::json& header, framing::byte_view body,
                     const endpoint& to) {
    framing::encoder<> encoder;
    auto frame = std::make_shared<std::string>();
    if (const std::error_code error = encoder.encode(header, body, *frame)) return error;
    return send(from, framing::shared_frame(std::move(frame)), to);
}

std::error_code send(socket& from, const framing::shared_frames& frame, const endpoint& to) {
    const std::error_code error = from.send(frame, to);
    if (error) return error;
    ++counted().frames_out;
    counted().bytes_out += frame.bytes.size();
    return error;
}

} // namespace udp
