// SPDX-License-Identifier: MIT
// A server in each of several threads, all at one port: the system shares the clients out.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <iostream>
#include <string>
#include <thread>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<void> echo(connection& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

struct worker {
    static net::server_options<> options() {
        net::server_options<> result;
        result.shares_port = true;
        return result;
    }
    asio::io_context io{1};
    net::server<> server{io.get_executor(), echo, options()};
    std::jthread thread{}; // which is waited for before the others go
};

asio::awaitable<void> talk(std::string where) {
    const nlohmann::json header{{"type", "chat"}};
    for (int i = 0; i < 20; ++i) {
        connection server = co_await net::connect(where);
        co_await server.write(header, "hello from " + std::to_string(i));
        if (co_await server.read() == nullptr) co_return;
    }
    std::cout << "20 clients were answered\n";
}

int main() {
    std::array<worker, 4> workers;
    std::string where = "127.0.0.1:0"; // the first takes a free port, the others the same one
    for (worker& each : workers) where = each.server.listen(where);
    for (worker& each : workers) each.thread = std::jthread([&each] { each.io.run(); });
    asio::io_context io;
    asio::co_spawn(io, talk(where), asio::detached);
    io.run();
    for (worker& each : workers) asio::post(each.io, [&each] { each.server.stop(); });
}
