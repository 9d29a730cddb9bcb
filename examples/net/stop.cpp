// SPDX-License-Identifier: MIT
// A server that is told to stop while it works on an answer: the answer still comes.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<void> serve(connection& peer) {
    while (const auto* frame = co_await peer.read()) { // nullptr, too, once the server stops
        std::raise(SIGTERM);                           // as systemd or Ctrl-C would
        asio::steady_timer work(peer.get_executor(), std::chrono::milliseconds(100));
        co_await work.async_wait(asio::use_awaitable);
        co_await peer.write(frame->header, frame->body);
    }
}

asio::awaitable<void> talk(std::string where) {
    connection server = co_await net::connect(where);
    const nlohmann::json question{{"type", "question"}};
    co_await server.write(question);
    while (const auto* frame = co_await server.read()) std::cout << frame->header << '\n';
    std::cout << "the server has closed the connection\n";
}

int main() {
    asio::io_context io;
    net::server_options<> options;
    options.goodbye = nlohmann::json{{"type", "bye"}};
    options.stop_time = std::chrono::seconds(2); // then what still runs is aborted
    options.on_stopped = [] { std::cout << "all have gone\n"; };
    net::server<> server(io.get_executor(), serve, options);
    server.stop_on_signals();
    asio::co_spawn(io, talk(server.listen("127.0.0.1:0")), asio::detached);
    io.run();
}
