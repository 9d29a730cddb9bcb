// SPDX-License-Identifier: MIT
// A member of a chat room over UDP: what did not come, came twice or late is shown as that.
//
//   udp_chat_client 127.0.0.1:7000 --nick alice
#include <framing/frame.hpp>
#include <framing/header_view.hpp>

#include "chat/console.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/format.hpp"
#include "support/hosts.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"
#include "support/udp.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace {

using nlohmann::json;
using clock_type = std::chrono::steady_clock;

struct options {
    std::string server;
    chat::console::options console;
    double patience = 10; // seconds
};

class client {
public:
    client(asio::io_context& io, const options& options)
        : options_(options), server_(io, hosts::address_of(options.server)),
          tick_(io.get_executor()), console_(io, options.console, [this] { quit(); }) {}

    asio::awaitable<int> run() {
        console_.start();
        tasks::spawn(server_.socket().get_executor(), keep_time(),
                     [this](const std::exception_ptr& error) {
                         failure_ = error;
                         close();
                     });
        join();
        while (!done_) {
            std::error_code closed;
            const auto* const received = co_await server_.receive(closed);
            if (closed) break;
            take(received->message);
        }
        if (failure_) std::rethrow_exception(failure_);
        co_return console_.exit_code();
    }

private:
    static constexpr std::chrono::milliseconds interval{250};
    static constexpr std::chrono::seconds ping_interval{5};
    static constexpr std::chrono::seconds join_interval{1};
    static constexpr std::chrono::seconds longest_way{2}; // of a message of ours, there and back
    static constexpr std::chrono::seconds longest_silence{15};

    /// What is due without anything coming.
    asio::awaitable<void> keep_time() {
        while (!done_) {
            co_await tick_.sleep_for(interval);
            const auto now = clock_type::now();
            if (console_.leaving()) {
                if (now - asked_ >= longest_way) co_return; // the goodbye was lost
            } else if (!joined()) {
                if (now - heard_ >= std::chrono::duration<double>(options_.patience))
                    throw contact::disconnected(
                        fmt::format("no answer within {:g} s", options_.patience));
                if (now - asked_ >= join_interval) join();
            } else {
                if (moving_to_ && now - asked_ >= join_interval)
                    send({{"type", "join"}, {"room", *moving_to_}});
                if (now - asked_ >= (ponged_ ? ping_interval : join_interval)) {
                    ponged_ = false;
                    send({{"type", "ping"}});
                }
                if (now - heard_ >= longest_silence) lost("the server is silent; joining again");
                if (now - said_ >= longest_way)
                    console_.give_up("this did not come back, so perhaps nobody has it");
            }
        }
    }

    void take(const framing::frame<framing::header_view>& received) {
        json header = message::tree_of(received.header);
        const std::string type = message::text_of(header, "type").value_or("");
        const std::string code = message::text_of(header, "code").value_or("");
        // Before we are in a room nothing but an answer to the join tells that the server hears us.
        if (joined() || type == "challenge" || type == "error") heard_ = clock_type::now();
        if (type == "pong") return void(ponged_ = true);
        if (type == "bye" && console_.leaving()) return close();
        if (type == "bye" && !joined()) return turned_away();
        if (type == "bye") return lost("the server has stopped; joining again");
        if (type == "challenge") {
            cookie_ = message::text_of(header, "cookie");
            return joined() ? void() : join();
        }
        if (type == "error" && code == "not_joined" && console_.leaving()) return close();
        if (type == "error" && code == "not_joined")
            return joined() ? lost("the server does not know us any more; joining again") : void();
        if (type == "error" && !joined()) return refused(header);
        if (!joined() && type != "welcome") return; // of before, or too early
        if (type == "welcome" && joined()) {
            const auto room = message::text_of(header, "room");
            if (room != moving_to_) return; // once more
            moving_to_.reset();
        }
        if (type == "error" && code != "rate_limited" && !header.contains("id")) moving_to_.reset();
        if (type == "welcome") key_ = message::text_of(header, "key");
        header.erase("key"); // which nobody else is to know
        const bool was_joined = joined();
        console_.take(header, received.text());
        if (!was_joined && joined())
            console_.connected(
                [this](const json& message, std::string_view text) { send(message, text); });
    }

    void turned_away() {
        // A server that is about to stop may start again.
        if (console_.talk().was_joined()) return;
        failure_ = std::make_exception_ptr(contact::disconnected("the server has said goodbye"));
        close();
    }

    void refused(const json& header) {
        const std::string why = message::text_of(header, "message")
                                    .value_or(message::text_of(header, "code").value_or("refused"));
        // Our last life may still be there, as far as the server knows.
        if (console_.talk().was_joined()) return;
        failure_ = std::make_exception_ptr(contact::refused(why));
        close();
    }

    void lost(const std::string& why) {
        cookie_.reset();
        key_.reset();
        moving_to_.reset();
        ponged_ = true;
        console_.disconnected();
        console_.tell("disconnected", why);
        heard_ = clock_type::now();
        join();
    }

    void join() {
        json message = console_.talk().join({});
        message.erase("since");
        if (cookie_) message["cookie"] = *cookie_;
        send(message);
    }

    void send(json message, std::string_view text = {}) {
        if (key_) message["key"] = *key_;
        asked_ = clock_type::now();
        if (message.at("type") == "say") said_ = asked_;
        if (joined() && message.at("type") == "join") moving_to_ = message.at("room");
        const auto error = server_.send(message, text);
        if (error != std::errc::message_size) return;        // the network may come back
        asio::post(server_.socket().get_executor(), [this] { // once it is under way
            console_.give_up("too long for a datagram, not said");
        });
    }

    void quit() {
        if (!joined()) return close();
        send({{"type", "quit"}});
    }

    void close() {
        done_ = true;
        std::error_code ignored;
        server_.socket().close(ignored);
        tick_.wake();
    }

    [[nodiscard]] bool joined() { return console_.talk().is_joined(); }

    const options& options_;
    udp::server_link server_;
    tasks::sleeper tick_;
    std::optional<std::string> cookie_;
    std::optional<std::string> key_;                   // which the server gave us as a member
    clock_type::time_point heard_ = clock_type::now(); // something of the server
    clock_type::time_point asked_;                     // something of it
    clock_type::time_point said_;                      // what is under way
    std::optional<std::string> moving_to_;             // where we want to be welcomed
    bool ponged_ = true;                               // the last ping was answered
    std::exception_ptr failure_;
    bool done_ = false;
    chat::console console_;
};

} // namespace

int main(int argc, char** argv) {
    command_line line("udp_chat_client",
                      "A member of a chat room over UDP: lines typed are said, what others say is "
                      "shown.");
    options options;
    options.console.replays = false;
    line.add("server", options.server, "HOST:PORT, or a name in ~/.config/framing/hosts")
        .named("ADDRESS")
        .required();
    chat::console::add_options(line, options.console);
    line.add("--patience", options.patience, "how long to wait for an answer to a join")
        .in_seconds()
        .between(1, 86400);
    line.add_example("udp_chat_client 127.0.0.1:7000 --nick alice", "join the room named lobby");
    line.add_example("udp_chat_client 127.0.0.1:7000 --nick alice --patience 30s",
                     "wait longer for a server that is far away");
    return line.run(argc, argv, [&] {
        chat::console::check(options.console);
        return contact::run([&](asio::io_context& io) -> asio::awaitable<int> {
            const auto self = std::make_unique<client>(io, options);
            co_return co_await self->run();
        });
    });
}
