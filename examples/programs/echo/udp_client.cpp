// SPDX-License-Identifier: MIT
// Sends texts in datagrams and prints what comes back.
//
//   udp_echo_client 127.0.0.1:7000 hello
#include "echo/udp.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/hosts.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/udp.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>

namespace {

constexpr std::chrono::seconds patience{2};

asio::awaitable<void> ask(udp::server_link& server, const std::string& text, std::size_t number) {
    if (const auto error = server.send({{"type", "echo"}, {"number", number}}, text))
        throw contact::refused("cannot send this: " + error.message());
    const auto end = tasks::clock::now() + patience;
    tasks::alarm alarm(server.socket().get_executor());
    alarm.set(patience, [&server] { server.socket().cancel(); });
    while (true) {
        std::error_code error;
        const auto* const answer = co_await server.receive(error);
        if (error || tasks::clock::now() >= end) // one that had come is not cancelled
            throw contact::disconnected("no answer within " + std::to_string(patience.count()) +
                                        " s");
        const nlohmann::json header = message::tree_of(answer->message.header);
        if (message::text_of(header, "type") == "echo" &&
            message::size_of(header, "number") != number)
            continue; // late
        contact::expect("echo", header);
        std::cout << answer->message.text() << std::endl;
        co_return;
    }
}

asio::awaitable<int> talk(asio::io_context& io, std::string where,
                          std::optional<std::string> text) {
    udp::server_link server(io, hosts::address_of(where), most_with_mark);
    std::size_t number = 0;
    if (text) {
        co_await ask(server, *text, number);
    } else {
        for (std::string line; std::getline(std::cin, line); ++number)
            co_await ask(server, line, number);
    }
    co_return program::done;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("udp_echo_client",
                      "Sends a text, or each line of standard input, in a datagram and prints "
                      "what comes back.");
    std::string server;
    std::optional<std::string> text;
    line.add("server", server, "HOST:PORT, or a name in ~/.config/framing/hosts")
        .named("ADDRESS")
        .required();
    line.add("text", text, "to be sent; without it, each line of standard input").named("TEXT");
    line.add_example("udp_echo_client 127.0.0.1:7000 hello", "send one text");
    line.add_example("seq 100 | udp_echo_client 127.0.0.1:7000", "send a hundred lines");
    return line.run(argc, argv, [&] {
        return contact::run([&](asio::io_context& io) { return talk(io, server, text); });
    });
}
