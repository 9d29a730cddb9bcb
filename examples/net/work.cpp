// SPDX-License-Identifier: MIT
// Work that takes a processor: by other threads, while the server goes on with other clients.
#include <framing/net.hpp>

#include <asio/thread_pool.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<int> sum_up_to(int n) {
    int sum = 0;
    for (int i = 1; i <= n; ++i) sum += i;
    co_return sum;
}

asio::awaitable<void> serve(connection& peer, asio::thread_pool& workers) {
    while (const auto* frame = co_await peer.read()) {
        const int n = frame->header.value("n", 0);
        const int sum = co_await asio::co_spawn(workers, sum_up_to(n), asio::use_awaitable);
        const nlohmann::json answer{{"sum", sum}}; // by the thread of the server again
        co_await peer.write(answer);
    }
}

asio::awaitable<void> ask(std::string where, int n) {
    connection server = co_await net::connect(where);
    const nlohmann::json question{{"n", n}};
    co_await server.write(question);
    if (const auto* answer = co_await server.read()) std::cout << answer->header << '\n';
}

int main() {
    asio::thread_pool workers(4);
    asio::io_context io;
    net::server<> server(io.get_executor(), [&](connection& peer) { return serve(peer, workers); });
    asio::co_spawn(io, ask(server.listen("127.0.0.1:0"), 1000), [&](auto) { server.stop(); });
    io.run();
}
