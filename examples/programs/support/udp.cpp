// SPDX-License-Identifier: MIT
#include "support/udp.hpp"

#include <framing/encoder.hpp>
#include <framing/net/address.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include "support/contact.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

template class framing::net::datagram_socket<framing::header_view>;

namespace udp {
namespace {

void count_in(const datagram& one) {
    ++counted().frames_in;
    counted().bytes_in += one.size;
}

/// All that HOST:PORT stands for.
std::vector<endpoint> resolve(const std::string& text) {
    const auto where = framing::net::address::parse(text);
    if (where.is_unix()) throw std::invalid_argument("'" + text + "': UDP needs HOST:PORT");
    asio::io_context io;
    asio::ip::udp::resolver resolver(io);
    std::error_code error;
    const auto found = resolver.resolve(where.host, where.port, error);
    if (error) throw contact::unreachable(text, error);
    return {found.begin(), found.end()};
}

/// One socket from which all of them can be reached that this machine can reach at all.
asio::ip::udp::socket socket_for(asio::io_context& io, std::vector<endpoint>& servers) {
    asio::ip::udp::socket result(io);
    const auto is_v6 = [](const endpoint& each) { return each.address().is_v6(); };
    std::error_code no_v6;
    if (std::ranges::any_of(servers, is_v6)) {
        static_cast<void>(result.open(asio::ip::udp::v6(), no_v6));
        if (!no_v6) result.set_option(asio::ip::v6_only(false));
    }
    if (result.is_open()) {
        for (endpoint& each : servers)
            if (!is_v6(each))
                each.address(
                    asio::ip::make_address_v6(asio::ip::v4_mapped, each.address().to_v4()));
    } else {
        std::erase_if(servers, is_v6);
        if (servers.empty()) throw std::system_error(no_v6);
        result.open(asio::ip::udp::v4());
    }
    return result;
}

} // namespace

peer sender_of(socket& by, const datagram& received) {
    return {received.sender, received.destination, &by};
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

std::error_code send(const peer& to, const nlohmann::json& header, framing::byte_view body) {
    framing::encoder<> encoder;
    auto frame = std::make_shared<std::string>();
    if (const std::error_code error = encoder.encode(header, body, *frame)) return error;
    return send(to, framing::shared_frame(std::move(frame)));
}

std::error_code send(const peer& to, const framing::shared_frames& frame) {
    const std::error_code error = to.by->send(frame, to.address, to.here);
    if (error) return error;
    ++counted().frames_out;
    counted().bytes_out += frame.bytes.size();
    return error;
}

server_link::server_link(asio::io_context& io, const std::string& where, std::size_t most)
    : servers_(resolve(where)), frames_(socket_for(io, servers_), most) {}

asio::awaitable<const datagram*> server_link::receive(std::error_code& error) {
    while (true) {
        const datagram* const one = co_await udp::receive(frames_, error);
        if (error) co_return nullptr;
        if (std::ranges::find(servers_, one->sender) == servers_.end()) continue;
        servers_ = {one->sender};
        co_return one;
    }
}

std::error_code server_link::send(const nlohmann::json& header, framing::byte_view body) {
    std::error_code first;
    bool sent = false;
    for (const endpoint& each : servers_) {
        const std::error_code error = udp::send({each, {}, &frames_}, header, body);
        if (!error)
            sent = true;
        else if (!first)
            first = error;
    }
    return sent ? std::error_code() : first;
}

} // namespace udp
