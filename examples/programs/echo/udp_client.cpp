// SPDX-License-Identifier: MIT
// Sends texts in datagrams and prints what comes back.
//
//   udp_echo_client 127.0.0.1:7000 hello
#include "echo/udp.hpp"
#include "support/contact.hpp"
#include "support/program.hpp"
#include "support/udp.hpp"

#include <asio.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>

namespace {

namespace net = framing::net;

constexpr std::chrono::seconds patience{2};

asio::awaitable<void> ask(net::datagram_socket<>& socket, asio::ip::udp::endpoint server,
                          const std::string& text, std::size_t number) {
    if (const auto error = socket.send({{"type", "echo"}, {"number", number}}, text, server))
        throw contact::refused("cannot send this: " + error.message());
    asio::steady_timer timer(socket.socket().get_executor(), patience);
    timer.async_wait([&socket](std::error_code cancelled) {
        if (!cancelled) socket.socket().cancel();
    });
    while (true) {
        std::error_code error;
        const auto* const answer =
            co_await socket.receive(asio::redirect_error(asio::use_awaitable, error));
        if (error)
            throw contact::disconnected("no answer within " + std::to_string(patience.count()) +
                                        " s");
        const bool late = answer->sender != server ||
                          answer->message.header.value("number", nlohmann::json()) != number;
        if (late) continue;
        std::cout << answer->message.text() << std::endl;
        co_return;
    }
}

asio::awaitable<int> talk(asio::io_context& io, std::string where,
                          std::optional<std::string> text) {
    const auto server = udp_endpoint(io, where);
    net::datagram_socket<> socket(asio::ip::udp::socket(io, server.protocol()), most_with_mark);
    std::size_t number = 0;
    if (text) {
        co_await ask(socket, server, *text, number);
    } else {
        for (std::string line; std::getline(std::cin, line); ++number)
            co_await ask(socket, server, line, number);
    }
    co_return program::done;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Sends a text, or each line of standard input, in a datagram and prints what "
                 "comes back.",
                 "udp_echo_client");
    std::string server;
    std::optional<std::string> text;
    app.add_option("server", server, "HOST:PORT")->type_name("ADDRESS")->required();
    app.add_option("text", text)->type_name("TEXT");
    return program::run(app, argc, argv, [&] {
        return contact::run(app, [&](asio::io_context& io) { return talk(io, server, text); });
    });
}
