// SPDX-License-Identifier: MIT
// A frame a datagram: what is lost is asked again.
#include <framing/net.hpp>

#include <asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>

namespace net = framing::net;
using asio::ip::udp;
using std::chrono::milliseconds;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<void> serve(net::datagram_socket<>& self) {
    for (int questions = 1;; ++questions) {
        const auto* const question = co_await self.receive();
        if (questions == 1) continue; // as if it had been lost on its way
        const nlohmann::json header{{"type", "answer"}};
        if (self.send(header, question->message.body, question->sender, question->destination))
            std::cout << "not sent\n";
    }
}

asio::awaitable<void> ask(net::datagram_socket<>& self, udp::endpoint server) {
    const nlohmann::json header{{"type", "question"}};
    for (int tries = 0; tries < 10; ++tries) {
        if (self.send(header, "hello", server)) std::cout << "not sent\n";
        try {
            const auto* answer = co_await net::within(milliseconds(500), self.receive());
            std::cout << answer->message.text() << '\n';
            co_return;
        } catch (const net::system_error& error) {
            std::cout << error.what() << '\n';
        }
    }
}

int main() {
    asio::io_context io;
    const udp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
    net::datagram_socket<> server(udp::socket(io, any_port));
    net::datagram_socket<> client(udp::socket(io, any_port));
    asio::co_spawn(io, serve(server) || ask(client, server.socket().local_endpoint()),
                   asio::detached);
    io.run();
}
