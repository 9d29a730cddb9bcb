// SPDX-License-Identifier: MIT
// Chat rooms in which each message is a datagram: what the network loses is lost, and shows.
//
//   udp_chat_server --listen 127.0.0.1:7000
//   udp_chat_client 127.0.0.1:7000 --nick alice
#include "chat/udp_rooms.hpp"
#include "support/command_line.hpp"
#include "support/from_seconds.hpp"
#include "support/log.hpp"
#include "support/tasks.hpp"
#include "support/udp_host.hpp"
#include "system/icmp.hpp"

#include <asio.hpp>

#include <chrono>
#include <list>

namespace {

constexpr std::chrono::milliseconds look_again{200};

asio::awaitable<void> serve(udp::socket& socket, chat::udp_rooms& rooms) {
    while (true) rooms.take(socket, *co_await udp::receive(socket));
}

asio::awaitable<void> look_after(std::list<udp::socket>& sockets, chat::udp_rooms& rooms) {
    while (true) {
        co_await tasks::pause(look_again);
        for (udp::socket& each : sockets) // what came between two waits
            rooms.take_icmp_errors(each.socket());
        rooms.look_after(chat::udp_rooms::clock::now());
    }
}

asio::awaitable<void> take_icmp_errors(asio::ip::udp::socket& socket, chat::udp_rooms& rooms) {
    while (true) {
        co_await socket.async_wait(asio::socket_base::wait_error, asio::use_awaitable);
        rooms.take_icmp_errors(socket);
    }
}

int serve(const udp::host_options& options, const chat::udp_policy& policy) {
    asio::io_context io(1);
    udp::host host(io, options);
    chat::udp_rooms rooms(policy);
    for (udp::socket& each : host.sockets()) {
        chat::keep_icmp_errors(each.socket());
        tasks::spawn(io.get_executor(), serve(each, rooms));
        tasks::spawn(io.get_executor(), take_icmp_errors(each.socket(), rooms));
    }
    tasks::spawn(io.get_executor(), look_after(host.sockets(), rooms));
    const auto say_goodbye = [&] {
        if (rooms.forged() != 0)
            logging::info("{} datagrams had not their member's key", rooms.forged());
        rooms.say_goodbye();
    };
    return host.run(say_goodbye, [&] { return rooms.members(); });
}

} // namespace

int main(int argc, char** argv) {
    command_line line("udp_chat_server", "Chat rooms over UDP: one datagram is one message.");
    udp::host_options options;
    chat::udp_policy policy;
    double silence = 10;
    udp::add_options(line, options);
    line.add("--connections", policy.connections, "members in all; 0: no limit").named("N");
    line.add("--per-address", policy.per_address, "members at one address; 0: no limit").named("N");
    line.add("--max-members", policy.max_members, "of a room; 0: no limit").named("N");
    line.add("--max-text", policy.max_text, "of one message, which has to fit into a datagram")
        .in_bytes()
        .between(1, 1200);
    line.add("--rate", policy.rate, "messages a second of one member; 0: no limit")
        .named("N")
        .between(0, most_amount);
    line.add("--idle-timeout", silence, "after which a silent member has left")
        .in_seconds()
        .between(0.1, 86400);
    line.add_example("udp_chat_server --listen 127.0.0.1:7000", "listen on this machine");
    line.add_example("udp_chat_server --idle-timeout 1m --rate 5",
                     "keep silent members for a minute, and let each say little");
    return line.run(argc, argv, [&] {
        policy.silence = from_seconds<std::chrono::milliseconds>(silence);
        return serve(options, policy);
    });
}
