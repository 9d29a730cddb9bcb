// SPDX-License-Identifier: MIT
// Sends texts and prints what comes back.
//
//   echo_client 127.0.0.1:7000 hello
#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"
#include "support/program.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <optional>
#include <string>

namespace {

asio::awaitable<void> ask(connection& server, const std::string& text) {
    if (const auto error = server.post({{"type", "echo"}}, text))
        throw contact::refused("cannot send this: " + error.message());
    const auto* const answer = co_await contact::read(server);
    contact::expect("echo", message::tree_of(answer->header));
    std::cout << answer->text() << std::endl;
}

asio::awaitable<int> talk(asio::any_io_executor executor, contact::options options,
                          std::optional<std::string> text) {
    nlohmann::json welcome;
    connection server = co_await contact::reach(executor, options, welcome);
    if (text) {
        co_await ask(server, *text);
    } else {
        for (std::string line; std::getline(std::cin, line);) co_await ask(server, line);
    }
    co_await server.close();
    co_return program::done;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("echo_client",
                      "Sends a text, or each line of standard input, and prints what comes back.");
    contact::options options;
    std::optional<std::string> text;
    contact::add_options(line, options);
    line.add("text", text, "to be sent; without it, each line of standard input").named("TEXT");
    line.add_example("echo_client 127.0.0.1:7000 hello", "send one text");
    line.add_example("seq 100 | echo_client 127.0.0.1:7000", "send a hundred lines");
    return line.run(argc, argv, [&] {
        return contact::run(
            [&](asio::io_context& io) { return talk(io.get_executor(), options, text); });
    });
}
