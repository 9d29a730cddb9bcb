// A server and its client, by what is installed or copied; beside it the single header of the core.
#ifdef FRAMING_ONE_HEADER
#include "framing.hpp"
#include "framing_net.hpp"
#else
#include <framing/net.hpp>
#endif

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <exception>
#include <string>

namespace net = framing::net;

net::asio::awaitable<void> echo(net::connection<>& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

net::asio::awaitable<void> ask(std::string address, net::server<>& server, std::string& answer) {
    auto peer = co_await net::connect(address);
    const nlohmann::json header = {{"type", "chat"}};
    co_await peer.write(header, "hello");
    if (const auto* frame = co_await peer.read()) answer = frame->text();
    co_await peer.close();
    server.stop();
}

int main() {
    net::asio::io_context io;
    net::server<> server(io.get_executor(), echo);
    std::string answer;
    net::asio::co_spawn(io, ask(server.listen("127.0.0.1:0"), server, answer),
                        [](std::exception_ptr error) {
                            if (error) std::rethrow_exception(error);
                        });
    io.run();
    return answer == "hello" ? EXIT_SUCCESS : EXIT_FAILURE;
}
