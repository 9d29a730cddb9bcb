// SPDX-License-Identifier: MIT
// What one says everybody hears, encoded once.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace net = framing::net;
using connection = net::connection<>;

std::set<connection*> room;

struct member { // of the room, as long as it lives
    explicit member(connection& peer) : self(peer) { room.insert(&self); }
    ~member() { room.erase(&self); }
    connection& self;
};

asio::awaitable<void> serve(connection& peer) {
    const member here(peer);
    framing::broadcast_encoder<> encoder;
    framing::shared_frames said;
    while (const auto* frame = co_await peer.read()) {
        if (encoder.encode(frame->header, frame->body, said)) continue;
        for (connection* each : room)
            if (each->post(said)) each->abort(net::errc::write_stalled); // it reads too slowly
    }
}

asio::awaitable<void> talk() {
    const auto executor = co_await asio::this_coro::executor;
    net::server<> server(executor, serve);
    const std::string where = server.listen("127.0.0.1:0");
    const nlohmann::json header{{"type", "say"}};
    std::vector<connection> clients;
    for (const std::string text : {"hello", "I am here", "me, too"}) {
        connection next = co_await net::connect(where);
        co_await next.write(header, text);
        clients.push_back(std::move(next));
        for (connection& each : clients)
            if (const auto* heard = co_await each.read()) std::cout << heard->text() << '\n';
    }
}

int main() {
    asio::io_context io;
    asio::co_spawn(io, talk(), asio::detached);
    io.run();
}
