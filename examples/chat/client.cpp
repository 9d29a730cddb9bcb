// SPDX-License-Identifier: MIT
// A member of a chat room: lines typed are said, what others say is shown.
//
//   chat_client 127.0.0.1:7000 --nick alice
#include "chat/conversation.hpp"
#include "chat/display.hpp"
#include "chat/names.hpp"
#include "chat/screen.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"
#include "support/program.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace {

using chat::conversation;
using chat::screen;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* help =
    "/who: who is here; /nick NAME: be called NAME; /join ROOM: go to another room; /quit: leave; "
    "//...: say /...";

struct options {
    contact::options server;
    std::string nick;
    std::string room = "lobby";
    std::optional<std::uint64_t> history;
    double retry = 600; // seconds
    bool as_json = false;
    bool stays = false;
};

std::string random_name() {
    std::random_device source;
    return std::to_string((std::uint64_t(source()) << 32) | source());
}

/// A person, or a script, in a room, over any number of connections.
class client {
public:
    client(asio::io_context& io, const options& options)
        : options_(options), executor_(io.get_executor()), screen_(io), signals_(io), pause_(io),
          held_back_(io), talk_(options.nick, options.room, random_name()) {
        signals_.add(SIGINT);
        signals_.add(SIGTERM);
        signals_.async_wait([this](std::error_code cancelled, int signal) {
            if (!cancelled) quit(128 + signal);
        });
    }

    asio::awaitable<int> run() {
        asio::co_spawn(executor_,
                       screen_.read_lines([this](auto line) { take(std::move(line)); },
                                          [this] {
                                              return screen_.interactive() ||
                                                     talk_.waiting() < most_ahead;
                                          }),
                       [](const std::exception_ptr& error) {
                           if (error) std::rethrow_exception(error);
                       });
        using clock = std::chrono::steady_clock;
        auto lost = clock::now();
        for (auto pause = shortest_pause;; pause = std::min(2 * pause, longest_pause)) {
            std::string why;
            const bool was_joined = talk_.was_joined();
            bool joined = false;
            try {
                co_await asio::co_spawn(
                    executor_, talk(),
                    asio::bind_cancellation_slot(given_up_.slot(), asio::use_awaitable));
            } catch (const contact::disconnected& error) {
                joined = talk_.is_joined();
                // A first connection that fails is the user's affair; later ones come again.
                if (!talk_.was_joined() && !leaving_) throw;
                why = error.what();
            } catch (const again& error) {
                if (!was_joined) throw contact::refused(error.what());
                why = error.what();
            } catch (const std::system_error&) {
                if (!leaving_) throw;
            }
            server_ = nullptr;
            talk_.disconnected();
            if (leaving_) co_return exit_code_;
            if (joined) {
                lost = clock::now();
                pause = shortest_pause;
            }
            if (std::chrono::duration<double>(clock::now() - lost).count() >= options_.retry)
                throw contact::disconnected(why);
            tell({{"type", "disconnected"},
                  {"message", why + "; trying again in " + seconds(pause)}});
            pause_.expires_after(pause + jitter(pause));
            std::error_code ignored;
            co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            if (leaving_) co_return exit_code_;
        }
    }

private:
    static constexpr milliseconds shortest_pause{500};
    static constexpr milliseconds longest_pause{30'000};
    static constexpr milliseconds longest_goodbye{2000};

    /// The server will not have us now; it may later.
    class again : public std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    static std::string seconds(milliseconds time) {
        return std::to_string(time.count() / 1000) + '.' +
               std::to_string(time.count() % 1000 / 100) + " s";
    }

    /// So that not all clients of a server that is back come at the same moment.
    static milliseconds jitter(milliseconds most) {
        std::random_device source;
        return milliseconds(source() % static_cast<unsigned>(most.count() / 2));
    }

    /// One connection, until the server says goodbye.
    asio::awaitable<void> talk() {
        json welcome;
        connection server = co_await contact::reach(executor_, options_.server, welcome);
        send(server, talk_.join(options_.history));
        while (true) {
            const auto* const frame = co_await contact::read(server);
            if (message::text_of(frame->header, "type") == "bye") break;
            take(server, frame->header, frame->text());
        }
        if (!leaving_) throw contact::disconnected("the server has stopped");
        co_await server.close();
    }

    /// A message of the server.
    void take(connection& server, const json& header, std::string_view text) {
        const std::string type = message::text_of(header, "type").value_or("");
        if (type == "error" && !talk_.is_joined()) {
            const std::string why =
                chat::displayed(message::text_of(header, "message").value_or("refused"));
            const std::string code = message::text_of(header, "code").value_or("");
            // Our last connection may still be there, as far as the server knows.
            if (code == "nick_taken" || code == "unavailable") throw again(why);
            throw contact::refused(why);
        }
        const bool came_back = type == "welcome" && !talk_.is_joined() && talk_.was_joined();
        bool is_new = true;
        const milliseconds pause = talk_.take(header, [&](const json& news) {
            is_new = news.at("type") != "duplicate";
            tell(news);
        });
        if (came_back) tell({{"type", "reconnected"}, {"message", "connected again"}});
        if (is_new) show(header, text);
        if (talk_.is_joined()) server_ = &server;
        screen_.complete_with(talk_.members());
        if (pause.count() == 0) return say_next();
        held_back_.expires_after(pause);
        held_back_.async_wait([this](std::error_code cancelled) {
            if (!cancelled) say_next();
        });
    }

    void say_next() {
        if (server_ == nullptr) return;
        if (const auto* const next = talk_.next())
            if (const auto error = server_->post({{"type", "say"}, {"id", next->id}}, next->text))
                server_->abort(error);
        screen_.resume();
        if (ended_ && talk_.is_done()) quit(program::done);
    }

    /// A line of the user.
    void take(std::optional<std::string> line) {
        if (!line) {
            ended_ = !options_.stays;
            if (screen_.interactive() || (ended_ && talk_.is_done() && server_ != nullptr))
                quit(program::done);
            return;
        }
        if (line->starts_with('/') && !line->starts_with("//")) return command(*line);
        if (line->starts_with("//")) line->erase(0, 1);
        if (line->empty()) return;
        const bool room = talk_.say(std::move(*line));
        if (!room) tell({{"type", "notice"}, {"message", "too much waits: not said"}});
        if (server_ == nullptr && talk_.was_joined())
            tell({{"type", "notice"}, {"message", "not connected: it will be said later"}});
        say_next();
    }

    void command(const std::string& line) {
        const std::size_t space = line.find(' ');
        const std::string name = line.substr(0, space);
        std::string argument = space == line.npos ? "" : line.substr(space + 1);
        argument.erase(0, argument.find_first_not_of(' '));
        argument.erase(argument.find_last_not_of(' ') + 1);
        if (name == "/quit") {
            quit(program::done);
        } else if (name == "/who") {
            ask({{"type", "who"}});
        } else if (name == "/nick" && chat::is_name(argument)) {
            talk_.want_nick(argument);
            ask({{"type", "nick"}, {"nick", argument}});
        } else if (name == "/join" && chat::is_name(argument)) {
            talk_.want_room(argument);
            ask({{"type", "join"}, {"room", argument}});
        } else if (name == "/nick" || name == "/join") {
            tell({{"type", "notice"},
                  {"message", name + " needs a name: 1 to 32 characters without spaces"}});
        } else {
            tell({{"type", "notice"},
                  {"message", (name == "/help" ? "" : name + " is no command. ") + help}});
        }
    }

    void ask(const json& message) {
        if (server_ != nullptr)
            send(*server_, message);
        else if (message.at("type") == "who")
            tell({{"type", "notice"}, {"message", "not connected"}});
    }

    static void send(connection& server, const json& message) {
        if (const auto error = server.post(message)) server.abort(error);
    }

    /// Ends the client, politely where there is a server to be told.
    void quit(int code) {
        if (leaving_) return;
        leaving_ = true;
        exit_code_ = code;
        pause_.cancel();
        if (server_ == nullptr) return given_up_.emit(asio::cancellation_type::terminal);
        send(*server_, {{"type", "quit"}});
        held_back_.expires_after(longest_goodbye);
        held_back_.async_wait([this](std::error_code cancelled) {
            if (!cancelled) given_up_.emit(asio::cancellation_type::terminal);
        });
    }

    void show(const json& header, std::string_view text) {
        if (options_.as_json) {
            json all = header;
            if (all.erase("body_size") != 0) all["text"] = text;
            return screen_.show(all.dump(-1, ' ', false, json::error_handler_t::replace));
        }
        const chat::line line = chat::display(header, text, screen::in_colour());
        if (line.text.empty()) return;
        line.what == chat::line::kind::talk ? screen_.show(line.text) : screen_.notify(line.text);
    }

    /// What the server has not said.
    void tell(const json& news) { show(news, {}); }

    static constexpr std::size_t most_ahead = 100; // lines that are read before they can be said

    const options& options_;
    asio::any_io_executor executor_;
    screen screen_;
    asio::signal_set signals_;
    asio::steady_timer pause_;     // before the next connection
    asio::steady_timer held_back_; // after too much was said, or until a goodbye has to come
    asio::cancellation_signal given_up_;
    conversation talk_;
    connection* server_ = nullptr; // while we are in a room
    bool ended_ = false;           // the user's lines
    bool leaving_ = false;
    int exit_code_ = program::done;
};

} // namespace

int main(int argc, char** argv) {
    CLI::App app("A member of a chat room: lines typed are said, what others say is shown.",
                 "chat_client");
    options options;
    options.server.times.heartbeat = std::chrono::seconds(30);
    options.server.times.silence = std::chrono::seconds(150); // the server's heartbeat is 60
    contact::add_options(app, options.server);
    app.add_option("-n,--nick", options.nick, "how to be called")->type_name("NAME")->required();
    app.add_option("-r,--room", options.room, "the room")->type_name("NAME")->capture_default_str();
    app.add_option("--history", options.history, "how much of what was said before to show")
        ->type_name("N");
    app.add_option("--retry", options.retry, "how long to try to come back; 0: not at all")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--json", options.as_json, "show messages as JSON, one a line");
    app.add_flag("--stay", options.stays, "do not leave when standard input ends");
    app.footer(std::string("In the room, ") + help);
    return program::run(app, argc, argv, [&] {
        for (const auto& [option, name] :
             {std::pair("--nick", options.nick), std::pair("--room", options.room)}) {
            if (chat::is_name(name)) continue;
            program::complain(app, std::string(option) +
                                       " needs 1 to 32 characters, none of them a space, a control "
                                       "or an invisible one");
            return program::bad_usage;
        }
        return contact::run(app, [&](asio::io_context& io) -> asio::awaitable<int> {
            const auto self = std::make_unique<client>(io, options);
            co_return co_await self->run();
        });
    });
}
