// SPDX-License-Identifier: MIT
// README's echo server, for any number of connections: framing_server [--unread] [LOOPS]
//
// LOOPS: so many, each on a thread of its own, which share the port.
#include <framing/header_view.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/server.hpp>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net = framing::net;

namespace {

template <class Header>
asio::awaitable<void> echo(net::connection<net::stream_socket, Header>& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

template <class Header>
void run(int loops) {
    typename net::server<net::stream_socket, Header>::options_type options;
    options.connections = 0;
    options.per_address = 0;
    options.shares_port = loops > 1;
    std::list<asio::io_context> contexts;
    std::list<net::server<net::stream_socket, Header>> servers;
    std::string door = "127.0.0.1:0";
    for (int i = 0; i < loops; ++i) {
        asio::io_context& io = contexts.emplace_back(1);
        door = servers.emplace_back(io.get_executor(), echo<Header>, options).listen(door);
        servers.back().stop_on_signals();
    }
    std::cout << "listening on " << door << std::endl;
    std::vector<std::thread> threads;
    for (asio::io_context& io : contexts) threads.emplace_back([&io] { io.run(); });
    for (std::thread& each : threads) each.join();
}

} // namespace

int main(int count, char** arguments) {
    const std::vector<std::string_view> words(arguments + 1, arguments + count);
    const bool unread = !words.empty() && words.front() == "--unread";
    const bool has_loops = words.size() > (unread ? 1 : 0);
    const int loops = has_loops ? std::atoi(words.back().data()) : 1;
    if (unread)
        run<framing::header_view>(loops);
    else
        run<nlohmann::json>(loops);
}
