// SPDX-License-Identifier: MIT
// Chat rooms in which each message is a datagram: what the network loses is lost, and shows.
//
//   udp_chat_server --listen 127.0.0.1:7000
//   udp_chat_client 127.0.0.1:7000 --nick alice
#include <framing/net/address.hpp>

#include "chat/icmp.hpp"
#include "chat/udp_rooms.hpp"
#include "support/program.hpp"
#include "support/udp.hpp"

#include <asio.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

namespace {

namespace net = framing::net;

constexpr std::chrono::milliseconds look_again{200};

void end_loudly(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
}

asio::awaitable<void> serve(net::datagram_socket<>& socket, chat::udp_rooms& rooms) {
    while (true) rooms.take(*co_await socket.receive());
}

asio::awaitable<void> look_after(chat::udp_rooms& rooms) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
        timer.expires_after(look_again);
        co_await timer.async_wait(asio::use_awaitable);
        rooms.take_refusals(); // those that came between two waits
        rooms.look_after(chat::udp_rooms::clock::now());
    }
}

asio::awaitable<void> take_refusals(asio::ip::udp::socket& socket, chat::udp_rooms& rooms) {
    while (true) {
        co_await socket.async_wait(asio::socket_base::wait_error, asio::use_awaitable);
        rooms.take_refusals();
    }
}

int run(const CLI::App& app, const std::string& listen, const chat::udp_policy& policy) {
    asio::io_context io(1);
    asio::ip::udp::socket socket(io);
    try {
        const auto where = udp_endpoint(io, listen);
        socket.open(where.protocol());
        socket.bind(where);
        chat::keep_refusals(socket);
    } catch (const std::exception& error) {
        program::complain(app, "cannot listen on " + listen + ": " + error.what());
        return program::bad_usage;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_st(app.get_name()));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    net::datagram_socket<> frames(std::move(socket));
    chat::udp_rooms rooms(frames, policy);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](std::error_code, int signal) {
        spdlog::info("stopping on signal {}; {} datagrams were no frame", signal, frames.dropped());
        rooms.say_goodbye();
        io.stop();
    });
    asio::co_spawn(io, serve(frames, rooms), end_loudly);
    asio::co_spawn(io, take_refusals(frames.socket(), rooms), end_loudly);
    asio::co_spawn(io, look_after(rooms), end_loudly);
    std::cout << "listening on " << net::to_string(frames.socket().local_endpoint()) << std::endl;
    io.run();
    return program::done;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Chat rooms over UDP: one datagram is one message.", "udp_chat_server");
    std::string listen = "127.0.0.1:0";
    chat::udp_policy policy;
    double silence = 10;
    app.option_defaults()->always_capture_default();
    app.add_option("--listen", listen, "HOST:PORT (0: a free port)")->type_name("ADDRESS");
    app.add_option("--connections", policy.connections, "members in all; 0: no limit")
        ->type_name("N");
    app.add_option("--per-address", policy.per_address, "members at one address; 0: no limit")
        ->type_name("N");
    app.add_option("--max-members", policy.max_members, "of a room; 0: no limit")->type_name("N");
    app.add_option("--max-text", policy.max_text,
                   "of one message, which has to fit into a datagram")
        ->type_name("BYTES")
        ->check(CLI::Range(1, 1200));
    app.add_option("--rate", policy.rate, "messages a second of one member; 0: no limit")
        ->type_name("N")
        ->check(program::amounts);
    app.add_option("--idle-timeout", silence, "after which a silent member has left")
        ->type_name("SECONDS")
        ->check(program::amounts)
        ->check(CLI::Range(0.1, 86400.0));
    return program::run(app, argc, argv, [&] {
        policy.silence = std::chrono::milliseconds(std::llround(silence * 1000));
        return run(app, listen, policy);
    });
}
