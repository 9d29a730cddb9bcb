// SPDX-License-Identifier: MIT
// What a client hears when something is wrong.
#include <framing/net.hpp>

#include <asio/write.hpp>
#include <nlohmann/json.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace net = framing::net;
using asio::ip::tcp;
using namespace std::string_view_literals;
using connection = net::connection<>;

asio::awaitable<void> listen_to(std::string where) try {
    connection server = co_await net::connect(where);
    net::error_code error;
    co_await server.read(asio::redirect_error(asio::use_awaitable, error));
    if (server.error())
        std::cout << server.error().message() << '\n'; // what came is no frame, or is cut short
    else
        std::cout << (error ? error.message() : "closed by the server") << '\n';
} catch (const std::exception& error) { // there is no connection
    std::cout << error.what() << '\n';
}

/// Says something to whoever comes next, and goes.
asio::awaitable<void> say(tcp::acceptor& door, std::string bytes) {
    tcp::socket peer = co_await door.async_accept(asio::use_awaitable);
    co_await asio::async_write(peer, asio::buffer(bytes), asio::use_awaitable);
}

int main() {
    asio::io_context io;
    const auto hear = [&](const std::string& where) {
        asio::co_spawn(io, listen_to(where), asio::detached);
        io.run();
        io.restart();
    };
    const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
    const tcp::socket taken(io, any_port); // where nobody listens
    hear("localhost");
    hear(net::to_string(taken.local_endpoint()));
    tcp::acceptor door(io, any_port);
    for (const std::string_view bytes :
         {""sv, "HTTP/1.1 400 Bad Request"sv, "{\"id\":1}"sv, "\0\0\0\2{"sv}) {
        asio::co_spawn(io, say(door, std::string(bytes)), asio::detached);
        hear(net::to_string(door.local_endpoint()));
    }
}
