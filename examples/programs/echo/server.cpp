// SPDX-License-Identifier: MIT
// Sends every frame back.
//
//   echo_server --listen 127.0.0.1:7000
//   echo_client 127.0.0.1:7000 hello
#include "echo/upper.hpp"
#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/service.hpp"

#include <asio.hpp>

#include <string>
#include <string_view>

namespace {

asio::awaitable<void> echo(connection& peer, bool upper) {
    while (const auto* frame = co_await peer.read()) {
        const std::string capitals = upper ? in_upper_case(frame->text()) : std::string();
        co_await peer.write(frame->header, upper ? std::string_view(capitals) : frame->text());
    }
}

} // namespace

int main(int argc, char** argv) {
    command_line line("echo_server", "Sends every frame back to its sender.");
    service::options options;
    options.name = "echo";
    bool upper = false;
    service::add_options(line, options);
    line.add_flag("--upper", upper, "turn ASCII letters of the body into capitals");
    return line.run(argc, argv, [&] {
        asio::io_context io(1);
        service::host host(io, options);
        return host.run([&](const service::client& client) { return echo(client.peer, upper); });
    });
}
