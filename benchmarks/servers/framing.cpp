// SPDX-License-Identifier: MIT
// README's echo server, for any number of connections: framing_server [--unread]
#include <framing/header_view.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/server.hpp>

#include <nlohmann/json.hpp>

#include <iostream>

namespace net = framing::net;

namespace {

template <class Header>
asio::awaitable<void> echo(net::connection<net::stream_socket, Header>& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

template <class Header>
void run() {
    asio::io_context io(1);
    typename net::server<net::stream_socket, Header>::options_type options;
    options.connections = 0;
    options.per_address = 0;
    net::server<net::stream_socket, Header> server(io.get_executor(), echo<Header>, options);
    std::cout << "listening on " << server.listen("127.0.0.1:0") << std::endl;
    server.stop_on_signals();
    io.run();
}

} // namespace

int main(int count, char**) {
    if (count > 1)
        run<framing::header_view>();
    else
        run<nlohmann::json>();
}
