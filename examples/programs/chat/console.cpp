// SPDX-License-Identifier: MIT
#include "chat/console.hpp"

#include "chat/display.hpp"
#include "chat/names.hpp"
#include "support/colour.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/secret.hpp"

#include <cstddef>
#include <stdexcept>
#include <utility>

using nlohmann::json;

namespace chat {
namespace {

constexpr const char* help =
    "/who: who is here; /nick NAME: be called NAME; /join ROOM: go to another room; /quit: leave; "
    "//...: say /...";

bool is_command(std::string_view line) {
    return line.starts_with('/') && !line.starts_with("//");
}

} // namespace

void console::add_options(command_line& line, options& options) {
    line.add("-n,--nick", options.nick, "how to be called").named("NAME").required();
    line.add("-r,--room", options.room, "the room").named("NAME");
    line.add_flag("--json", options.as_json, "show messages as JSON, one a line");
    line.add_flag("--stay", options.stays, "do not leave when standard input ends");
    line.add_footer(std::string("In the room, ") + help);
}

void console::check(const options& options) {
    for (const auto& [option, name] :
         {std::pair("--nick", options.nick), std::pair("--room", options.room)})
        if (!is_name(name))
            throw std::invalid_argument(std::string(option) +
                                        " needs 1 to 32 characters, none of them a space, a "
                                        "control or an invisible one");
}

console::console(asio::io_context& io, const options& chosen, std::function<void()> quit)
    : options_(chosen), executor_(io.get_executor()), quit_(std::move(quit)),
      screen_(io, [this](int signal) { this->quit(128 + signal); }), held_back_(executor_),
      talk_(chosen.nick, chosen.room, secret::random_text(8), chosen.replays) {
    screen_.complete_with(talk_.members());
}

void console::start() {
    const auto has_room = [this] { return screen_.interactive() || talk_.waiting() < most_ahead; };
    tasks::spawn(executor_,
                 screen_.read_lines([this](auto line) { take(std::move(line)); }, has_room));
}

void console::connected(sender send) {
    send_ = std::move(send);
    go_on();
}

void console::disconnected() {
    send_ = nullptr;
    held_back_.cancel();
    is_held_back_ = false;
    talk_.disconnected();
}

void console::take(const json& header, std::string_view text) {
    const bool comes_back = talk_.was_joined() && !talk_.is_joined();
    bool is_new = true;
    const auto pause = talk_.take(header, [&](const json& news) {
        is_new = news.at("type") != "duplicate";
        show(news);
    });
    if (comes_back && talk_.is_joined()) tell("reconnected", "connected again");
    if (is_new) show(header, text);
    if (pause.count() == 0) return go_on();
    is_held_back_ = true;
    held_back_.set(pause, [this] {
        is_held_back_ = false;
        go_on();
    });
}

void console::give_up() {
    talk_.give_up();
    go_on();
}

void console::go_on() {
    while (!lines_.empty() && !leaving()) {
        const std::string& line = lines_.front();
        if (is_command(line)) {
            // It has its turn when all before it was said, so that a /join takes nothing along.
            if (!send_ || !talk_.is_done()) break;
            command(line);
        } else {
            const std::string text = line.starts_with("//") ? line.substr(1) : line;
            if (!text.empty() && !talk_.say(text)) break;
        }
        lines_.pop_front();
    }
    if (!send_ || leaving()) return;
    if (const auto* const next = is_held_back_ ? nullptr : talk_.next())
        send_({{"type", "say"}, {"id", next->id}}, next->text);
    screen_.resume();
    if (ended_ && lines_.empty() && talk_.is_done()) quit(program::done);
}

void console::take(std::optional<std::string> line) {
    if (!line) {
        ended_ = !options_.stays;
        return screen_.interactive() ? quit(program::done) : go_on();
    }
    const bool is_offline = !send_ && talk_.was_joined();
    // What needs no server, or should not wait for one.
    if (screen_.interactive() && (line->starts_with("/quit") || line->starts_with("/help") ||
                                  (is_offline && line->starts_with("/nick"))))
        return command(*line);
    if (lines_.size() >= most_lines) return tell("notice", "too much waits: dropped");
    if (is_offline && !line->empty()) tell("notice", "not connected: this will be done later");
    lines_.push_back(std::move(*line));
    go_on();
}

void console::command(const std::string& line) {
    const std::size_t space = line.find(' ');
    const std::string name = line.substr(0, space);
    std::string argument = space == line.npos ? "" : line.substr(space + 1);
    argument.erase(0, argument.find_first_not_of(' '));
    argument.erase(argument.find_last_not_of(' ') + 1);
    if (name == "/quit") {
        quit(program::done);
    } else if (name == "/who") {
        ask({{"type", "who"}});
    } else if (name == "/nick" && is_name(argument)) {
        talk_.want_nick(argument);
        ask({{"type", "nick"}, {"nick", argument}});
    } else if (name == "/join" && is_name(argument)) {
        ask({{"type", "join"}, {"room", argument}});
    } else if (name == "/nick" || name == "/join") {
        tell("notice", name + " needs a name: 1 to 32 characters without spaces");
    } else {
        tell("notice", (name == "/help" ? "" : name + " is no command. ") + help);
    }
}

void console::ask(const json& message) {
    if (send_) send_(message, {});
}

void console::quit(int code) {
    if (leaving()) return;
    exit_code_ = code;
    quit_();
}

void console::tell(std::string_view type, const std::string& message) {
    show({{"type", type}, {"message", message}});
}

void console::show(const json& header, std::string_view text) {
    if (options_.as_json) {
        json all = header;
        if (all.erase("body_size") != 0) all["text"] = text;
        return screen_.show(message::to_text(all));
    }
    const line shown = display(header, text, in_colour());
    if (shown.text.empty()) return;
    shown.what == line::kind::talk ? screen_.show(shown.text) : screen_.notify(shown.text);
}

} // namespace chat
