// SPDX-License-Identifier: MIT
// A sender that is faster than its peer: write waits, post says that it would have to.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <system_error>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<void> serve(connection& peer) {
    const nlohmann::json header{{"type", "piece"}};
    const std::string piece(64 * 1024, 'x');
    std::size_t most = 0;
    for (int i = 0; i < 500; ++i) {
        co_await peer.write(header, piece); // waits as long as the high mark is passed
        most = (std::max)(most, peer.queued());
    }
    if (most < framing::send_marks().high + 2 * piece.size()) std::cout << "little was queued\n";
    std::error_code refused;
    while (!refused) refused = peer.post(header, piece); // until the hard mark would be passed
    std::cout << refused.message() << '\n';
    co_await peer.room(); // for who posts, and can wait now and then
    std::cout << (peer.post(header, piece) ? "no room\n" : "room again\n");
}

asio::awaitable<void> talk() {
    const auto executor = co_await asio::this_coro::executor;
    net::server<> server(executor, serve);
    connection peer = co_await net::connect(server.listen("127.0.0.1:0"));
    asio::steady_timer busy(executor, std::chrono::milliseconds(100)); // with something else
    co_await busy.async_wait(asio::use_awaitable);
    while (co_await peer.read() != nullptr) continue;
}

int main() {
    asio::io_context io;
    asio::co_spawn(io, talk(), asio::detached);
    io.run();
}
