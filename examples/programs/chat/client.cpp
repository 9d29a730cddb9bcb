// SPDX-License-Identifier: MIT
// A member of a chat room: lines typed are said, what others say is shown.
//
//   chat_client 127.0.0.1:7000 --nick alice
#include "chat/console.hpp"
#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

struct options {
    contact::options server;
    chat::console::options console;
    std::optional<std::uint64_t> history;
    double retry = 600; // seconds
};

/// The server will not have us now; it may later.
class not_now : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string in_seconds(milliseconds time) {
    return std::to_string(time.count() / 1000) + '.' + std::to_string(time.count() % 1000 / 100) +
           " s";
}

/// So that not all clients of a server that is back come at the same moment.
milliseconds jitter(milliseconds pause) {
    std::random_device source;
    return milliseconds(source() % static_cast<unsigned>(pause.count() / 2));
}

/// A member, over any number of connections.
class client {
public:
    client(asio::io_context& io, const options& options)
        : options_(options), executor_(io.get_executor()), pause_(executor_), goodbye_(executor_),
          console_(io, options.console, [this] { quit(); }) {}

    asio::awaitable<int> run() {
        using clock = std::chrono::steady_clock;
        console_.start();
        auto lost = clock::now();
        for (auto pause = shortest_pause;; pause = std::min(2 * pause, longest_pause)) {
            const std::string why = co_await one_connection();
            const bool was_joined = console_.talk().is_joined();
            server_ = nullptr;
            console_.disconnected();
            if (console_.leaving()) co_return console_.exit_code();
            if (was_joined) {
                lost = clock::now();
                pause = shortest_pause;
            }
            if (std::chrono::duration<double>(clock::now() - lost).count() >= options_.retry)
                throw contact::disconnected(why);
            console_.tell("disconnected", why + "; trying again in " + in_seconds(pause));
            co_await pause_.sleep_for(pause + jitter(pause));
            if (console_.leaving()) co_return console_.exit_code();
        }
    }

private:
    static constexpr milliseconds shortest_pause{500};
    static constexpr milliseconds longest_pause{30'000};
    static constexpr milliseconds longest_goodbye{2000};

    /// Returns: why the connection has ended.
    /// Throws: what makes it useless to come back, which is all before we were ever in a room.
    asio::awaitable<std::string> one_connection() {
        const bool comes_back = console_.talk().was_joined();
        try {
            co_await asio::co_spawn(
                executor_, talk(),
                asio::bind_cancellation_slot(given_up_.slot(), asio::use_awaitable));
            co_return "the server has stopped";
        } catch (const contact::disconnected& error) {
            if (!console_.talk().was_joined() && !console_.leaving()) throw;
            co_return error.what();
        } catch (const not_now& error) {
            if (!comes_back) throw contact::refused(error.what());
            co_return error.what();
        } catch (const std::system_error& error) {
            if (!console_.leaving()) throw;
            co_return error.what();
        }
    }

    /// One connection, until the server says goodbye.
    asio::awaitable<void> talk() {
        json welcome;
        connection server = co_await contact::reach(executor_, options_.server, welcome);
        send(server, console_.talk().join(options_.history), {});
        while (true) {
            const auto* const frame = co_await contact::read(server);
            const json header = message::tree_of(frame->header);
            const std::string type = message::text_of(header, "type").value_or("");
            const bool awaited = !console_.talk().is_joined() && type != "notice";
            if (awaited && type == "error") refused(header);
            if (awaited) contact::expect("welcome", header);
            if (type == "bye") break;
            console_.take(header, frame->text());
            if (awaited && !console_.talk().is_joined())
                throw contact::refused("the server has welcomed us to no room");
            if (server_ != nullptr || !console_.talk().is_joined()) continue;
            server_ = &server;
            console_.connected([this](const json& said, std::string_view text) {
                if (server_ != nullptr) send(*server_, said, text);
            });
        }
        if (console_.leaving()) co_await server.close();
    }

    [[noreturn]] static void refused(const json& header) {
        const std::string why = message::text_of(header, "message").value_or("refused");
        const std::string code = message::text_of(header, "code").value_or("");
        // Our last connection may still be there, as far as the server knows.
        if (code == "nick_taken" || code == "unavailable") throw not_now(why);
        throw contact::refused(why);
    }

    static void send(connection& server, const json& header, std::string_view text) {
        if (const auto error = server.post(header, text)) server.abort(error);
    }

    /// Politely, where there is a server to be told.
    void quit() {
        pause_.wake();
        if (server_ == nullptr) return given_up_.emit(asio::cancellation_type::terminal);
        send(*server_, {{"type", "quit"}}, {});
        goodbye_.set(longest_goodbye,
                     [this] { given_up_.emit(asio::cancellation_type::terminal); });
    }

    const options& options_;
    asio::any_io_executor executor_;
    tasks::sleeper pause_; // before the next connection
    tasks::alarm goodbye_; // which has to come by then
    asio::cancellation_signal given_up_;
    connection* server_ = nullptr; // while we are in a room
    chat::console console_;
};

} // namespace

int main(int argc, char** argv) {
    command_line line("chat_client",
                      "A member of a chat room: lines typed are said, what others say is shown.");
    options options;
    options.server.times.heartbeat = std::chrono::seconds(30);
    options.server.times.silence = std::chrono::seconds(150); // the server's heartbeat is 60
    contact::add_options(line, options.server);
    chat::console::add_options(line, options.console);
    line.add("--history", options.history, "how much of what was said before to show").named("N");
    line.add("--retry", options.retry, "how long to try to come back; 0: not at all")
        .in_seconds()
        .between(0, most_amount);
    line.add_example("chat_client 127.0.0.1:7000 --nick alice", "join the room named lobby");
    line.add_example("chat_client 127.0.0.1:7000 --nick alice --room tea --history 20",
                     "join another, and read what was said there last");
    return line.run(argc, argv, [&] {
        chat::console::check(options.console);
        return contact::run([&](asio::io_context& io) -> asio::awaitable<int> {
            const auto self = std::make_unique<client>(io, options);
            co_return co_await self->run();
        });
    });
}
