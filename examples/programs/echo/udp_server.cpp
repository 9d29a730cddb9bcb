// SPDX-License-Identifier: MIT
// Sends every frame that comes in a datagram back, marked, so that two such servers that are set
// upon each other do not go on for ever.
//
//   udp_echo_server --listen 127.0.0.1:7000
//   udp_echo_client 127.0.0.1:7000 hello
#include <framing/net/address.hpp>

#include "echo/udp.hpp"
#include "echo/upper.hpp"
#include "support/program.hpp"
#include "support/udp.hpp"

#include <asio.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <string>
#include <system_error>

namespace {

namespace net = framing::net;

asio::awaitable<void> echo(net::datagram_socket<>& socket, bool upper) {
    while (true) {
        const auto* const received = co_await socket.receive();
        nlohmann::json header = received->message.header;
        if (header.contains(echo_mark)) continue;
        header[echo_mark] = true;
        header.erase("body_size");
        const std::string_view body = received->message.text();
        // What cannot be sent, for its size or its sender, is lost as on any network: whoever sends
        // that does not get to write our log.
        static_cast<void>(upper ? socket.send(header, in_upper_case(body), received->sender)
                                : socket.send(header, body, received->sender));
    }
}

int serve(const CLI::App& app, const std::string& listen, bool upper) {
    asio::io_context io(1);
    asio::ip::udp::socket socket(io);
    try {
        const auto where = udp_endpoint(io, listen);
        socket.open(where.protocol());
        socket.bind(where);
    } catch (const std::exception& error) {
        program::complain(app, "cannot listen on " + listen + ": " + error.what());
        return program::bad_usage;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_st(app.get_name()));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    net::datagram_socket<> frames(std::move(socket), most_with_mark);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](std::error_code, int signal) {
        spdlog::info("stopping on signal {}; {} datagrams were no frame", signal, frames.dropped());
        io.stop();
    });
    asio::co_spawn(io, echo(frames, upper), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
    std::cout << "listening on " << net::to_string(frames.socket().local_endpoint()) << std::endl;
    io.run();
    return program::done;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Sends every frame that comes in a datagram back to its sender.",
                 "udp_echo_server");
    std::string listen = "127.0.0.1:0";
    bool upper = false;
    app.option_defaults()->always_capture_default();
    app.add_option("--listen", listen, "HOST:PORT (0: a free port)")->type_name("ADDRESS");
    app.add_flag("--upper", upper, "turn ASCII letters of the body into capitals");
    return program::run(app, argc, argv, [&] { return serve(app, listen, upper); });
}
