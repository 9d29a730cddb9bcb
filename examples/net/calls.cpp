// SPDX-License-Identifier: MIT
// Many calls at once over one connection: an answer has the id of its question.
#include <framing/net.hpp>

#include <asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace net = framing::net;
using connection = net::connection<>;

struct place { // of one call's answer
    explicit place(const asio::any_io_executor& executor) : came(executor) {}
    std::optional<std::string> answer;
    net::condition came;
};

struct caller {
    asio::awaitable<std::string> call(std::string text) {
        const int id = ++last_id;
        place& mine = places.try_emplace(id, peer.get_executor()).first->second;
        const nlohmann::json question{{"id", id}};
        co_await peer.write(question, text);
        while (!mine.answer) co_await mine.came.wait();
        co_return *places.extract(id).mapped().answer;
    }

    asio::awaitable<void> read() {
        while (const auto* frame = co_await peer.read()) {
            const auto asked = places.find(frame->header.value("id", 0));
            if (asked == places.end()) continue; // nobody waits for it
            asked->second.answer = frame->text();
            asked->second.came.notify();
        }
    }

    connection peer;
    std::map<int, place> places{}; // of the calls that wait
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
    caller server{std::move(peer)};
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
