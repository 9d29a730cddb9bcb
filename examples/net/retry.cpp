// SPDX-License-Identifier: MIT
// A client that comes before its server: it tries again, less and less often.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;
using std::chrono::milliseconds;

asio::awaitable<connection> connect_patiently(std::string where) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (milliseconds pause(100);; pause = (std::min)(2 * pause, milliseconds(30'000))) {
        try {
            co_return co_await net::connect(where);
        } catch (const net::system_error& error) {
            if (pause == milliseconds(100)) std::cout << error.what() << '\n'; // once is enough
        }
        timer.expires_after(pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> greet(connection& peer) {
    const nlohmann::json header{{"type", "welcome"}};
    co_await peer.write(header);
}

asio::awaitable<void> talk(std::string where) {
    connection server = co_await connect_patiently(where);
    if (const auto* frame = co_await server.read()) std::cout << frame->header << '\n';
}

int main() {
    asio::io_context io;
    net::server<> server(io.get_executor(), greet);
    asio::steady_timer later(io, milliseconds(150));
    later.async_wait([&](net::error_code) { server.listen("unix:late.sock"); });
    asio::co_spawn(io, talk("unix:late.sock"), [&](auto) { server.stop(); });
    io.run();
}
