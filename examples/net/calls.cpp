// SPDX-License-Identifier: MIT
// Many calls at once over one connection: an answer has the id of its question.
#include <framing/net.hpp>

#include <asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace net = framing::net;
using connection = net::connection<>;

struct caller {
    explicit caller(connection server) : peer(std::move(server)), came(peer.get_executor()) {}

    asio::awaitable<std::string> call(std::string text) {
        const int id = ++last_id;
        const nlohmann::json question{{"id", id}};
        co_await peer.write(question, text);
        while (!answers.contains(id)) co_await came.wait();
        co_return answers.extract(id).mapped();
    }

    asio::awaitable<void> read() {
        while (const auto* frame = co_await peer.read()) {
            answers[frame->header.value("id", 0)] = frame->text();
            came.notify();
        }
    }

    connection peer;
    net::condition came; // an answer
    std::map<int, std::string> answers;
    int last_id = 0;
};

/// The server: of two questions it answers the second first.
asio::awaitable<void> serve(connection& peer) {
    while (const auto* frame = co_await peer.read()) {
        const auto first = frame->copy();
        const auto* const second = co_await peer.read();
        if (second != nullptr) co_await peer.write(second->header, second->body);
        co_await peer.write(first.header, first.body);
    }
}

asio::awaitable<void> talk() {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    net::server<> listening(executor, serve);
    connection peer = co_await net::connect(listening.listen("127.0.0.1:0"));
    caller server(std::move(peer));
    const auto first = co_await (server.read() || (server.call("one") && server.call("two")));
    if (first.index() == 0) co_return; // the server has gone
    const auto& [one, two] = std::get<1>(first);
    std::cout << "one: " << one << ", two: " << two << '\n';
}

int main() {
    asio::io_context io;
    asio::co_spawn(io, talk(), asio::detached);
    io.run();
}
