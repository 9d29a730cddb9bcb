// SPDX-License-Identifier: MIT
// A relay that reads no header: passes frames on, checked but as they came, and counts them.
//
//   relay 127.0.0.1:7001 127.0.0.1:7000
#include <framing/header_view.hpp>
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/server.hpp>

#include <asio/experimental/awaitable_operators.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <utility>

namespace net = framing::net;
using connection = net::connection<net::stream_socket, framing::header_view>;

asio::awaitable<void> pass_on(connection& from, connection& to, std::size_t& count) {
    try {
        while (const auto* frame = co_await from.read()) {
            ++count;
            co_await to.write(frame->header, frame->body); // waits while `to` is slow
        }
    } catch (const net::system_error&) {
    } // one side has gone: so goes the other
}

asio::awaitable<void> serve(connection& client, const net::address& where) {
    using namespace asio::experimental::awaitable_operators;
    net::stream_socket socket = co_await net::connect(client.get_executor(), where);
    connection server(std::move(socket));
    std::size_t there = 0;
    std::size_t back = 0;
    // Until one side has ended: who says no more is told no more.
    co_await (pass_on(client, server, there) || pass_on(server, client, back));
    co_await server.close();
    std::cout << client.name() << ": " << there << " there, " << back << " back" << std::endl;
}

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::cerr << "usage: relay LISTEN SERVER\n";
        return 2;
    }
    const net::address where = net::address::parse(argv[2]);
    asio::io_context io;
    net::server<net::stream_socket, framing::header_view> relay(
        io.get_executor(), [&](connection& client) { return serve(client, where); });
    const auto here = relay.listen(argv[1]);
    std::cout << "listening on " << here << std::endl;
    relay.stop_on_signals();
    io.run();
} catch (const std::exception& error) {
    std::cerr << "relay: " << error.what() << '\n';
    return 1;
}
