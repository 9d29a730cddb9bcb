// SPDX-License-Identifier: MIT
// Sends every frame that comes in a datagram back, marked, so that two such servers that are set
// upon each other do not go on for ever.
//
//   udp_echo_server --listen 127.0.0.1:7000
//   udp_echo_client 127.0.0.1:7000 hello
#include "echo/udp.hpp"
#include "echo/upper.hpp"
#include "support/command_line.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"
#include "support/udp_host.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <string_view>

namespace {

asio::awaitable<void> echo(udp::socket& socket, bool upper) {
    while (true) {
        const auto* const received = co_await udp::receive(socket);
        if (received->message.header.find(echo_mark)) continue;
        nlohmann::json header = message::tree_of(received->message.header);
        if (header.empty()) continue; // a keep-alive
        header[echo_mark] = true;
        header.erase("body_size");
        const std::string_view body = received->message.text();
        // What cannot be sent, for its size or its sender, is lost as on any network: whoever sends
        // that does not get to write our log.
        const udp::peer sender = udp::sender_of(socket, *received);
        static_cast<void>(upper ? udp::send(sender, header, in_upper_case(body))
                                : udp::send(sender, header, body));
    }
}

} // namespace

int main(int argc, char** argv) {
    command_line line("udp_echo_server",
                      "Sends every frame that comes in a datagram back to its sender.");
    udp::host_options options;
    bool upper = false;
    udp::add_options(line, options);
    line.add_flag("--upper", upper, "turn ASCII letters of the body into capitals");
    line.add_example("udp_echo_server --listen 127.0.0.1:7000", "listen on this machine");
    line.add_example("udp_echo_server --listen '[::1]:0' --upper",
                     "at a free port that it prints, in capitals");
    return line.run(argc, argv, [&] {
        asio::io_context io(1);
        udp::host host(io, options, most_with_mark);
        for (udp::socket& each : host.sockets()) tasks::spawn(io.get_executor(), echo(each, upper));
        return host.run();
    });
}
