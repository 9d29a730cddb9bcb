// SPDX-License-Identifier: MIT
// A server and a client over Asio, in one program: coroutines, and frames instead of bytes.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace net = framing::net;
using connection = net::connection<>;

/// The server's side of each connection.
asio::awaitable<void> echo(connection& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

/// The client's side of one.
asio::awaitable<void> talk(std::string where) {
    connection server = co_await net::connect(where);
    for (const std::string_view text : {"hello", "how are you?"}) {
        const nlohmann::json header{{"type", "chat"}, {"from", "alice"}};
        co_await server.write(header, text);
        const auto* const answer = co_await server.read();
        if (answer == nullptr) break; // the server has closed the connection
        std::cout << answer->header.value("from", "?") << ": " << answer->text() << '\n';
    }
    co_await server.close();
}

int main() {
    asio::io_context io;
    net::server<> server(io.get_executor(), echo);
    const std::string where = server.listen("127.0.0.1:0"); // a free port
    asio::co_spawn(io, talk(where), [&](const std::exception_ptr& error) {
        server.stop();
        if (error) std::rethrow_exception(error);
    });
    io.run();
}
