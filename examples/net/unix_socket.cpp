// SPDX-License-Identifier: MIT
// A Unix-domain socket: an address like any other.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<void> echo(connection& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

asio::awaitable<void> talk() {
    const auto executor = co_await asio::this_coro::executor;
    net::server<> server(executor, echo);
    const std::string where = server.listen("unix:echo.sock");
    std::cout << "listening on " << where << '\n';
    connection peer = co_await net::connect(where);
    const nlohmann::json header{{"type", "chat"}};
    co_await peer.write(header, "hello");
    if (const auto* answer = co_await peer.read()) std::cout << answer->text() << '\n';
}

int main() {
    asio::io_context io;
    asio::co_spawn(io, talk(), asio::detached);
    io.run();
}
