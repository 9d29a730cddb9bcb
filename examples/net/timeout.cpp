// SPDX-License-Identifier: MIT
// A call that takes no longer than it may.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;
using std::chrono::milliseconds;

asio::awaitable<void> ask(std::string where) try {
    connection server = co_await net::connect(where);
    const nlohmann::json question{{"type", "question"}};
    co_await server.write(question);
    const auto* const answer = co_await net::within(milliseconds(200), server.read());
    std::cout << (answer != nullptr ? "answered\n" : "the server has gone\n");
} catch (const net::system_error& error) {
    std::cout << error.what() << '\n';
}

int main() {
    asio::io_context io; // whoever connects to this waits for ever: nobody accepts
    const asio::ip::tcp::acceptor deaf(io, {asio::ip::address_v4::loopback(), 0});
    asio::co_spawn(io, ask(net::to_string(deaf.local_endpoint())), asio::detached);
    io.run();
}
