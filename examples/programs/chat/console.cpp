// SPDX-License-Identifier: MIT
#include "chat/console.hpp"

#include "chat/display.hpp"
#include "chat/names.hpp"
#include "support/colour.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/secret.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <utility>

using nlohmann::json;

namespace chat {
namespace {

/// The text of a line that is no command.
std::string text_of_line(std::string_view line) {
    return std::string(line.starts_with("//") ? line.substr(1) : line);
}

/// As a message of ours looks that others get.
json said_by(const std::string& nick, const conversation::message& what) {
    json header{{"type", "said"}, {"from", nick}};
    if (!what.to.empty()) header["to"] = what.to;
    return header;
}

} // namespace

void console::add_options(command_line& line, options& options) {
    line.add("-n,--nick", options.nick, "how to be called").named("NAME").required();
    line.add("-r,--room", options.room, "the room").named("NAME");
    line.add_flag("--json", options.as_json, "show messages as JSON, one a line");
    line.add_flag("--stay", options.stays, "do not leave when standard input ends");
    line.add_flag("--bell", options.rings, "ring when somebody names you or writes to you alone");
    line.add_flag("--forget", options.forgets, "keep nothing of what is typed for the next time");
    line.add_note("In the room, /help says what can be typed besides text.");
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
    screen_.complete_with(talk_.members(), command_names);
}

void console::start() {
    if (const std::string path = typed_lines::default_path();
        screen_.interactive() && !options_.forgets && !path.empty())
        kept_.emplace(path);
    with_kept([this] {
        for (const std::string& line : kept_->load()) screen_.remember(line);
    });
    const auto has_room = [this] {
        return screen_.interactive() || talk_.waiting().size() < most_ahead;
    };
    tasks::spawn(executor_,
                 screen_.read_lines([this](auto line) { take(std::move(line)); }, has_room));
}

void console::with_kept(const std::function<void()>& work) {
    if (!kept_) return;
    try {
        work();
    } catch (const std::exception& error) {
        kept_.reset();
        tell("notice", std::string("what is typed is not kept: ") + error.what());
    }
}

void console::connected(sender send) {
    send_ = std::move(send);
    knows_of_outage_ = false;
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
    const auto outcome = talk_.take(header, [&](const json& news) { show(news); });
    if (comes_back && talk_.is_joined()) tell("reconnected", "connected again");
    const bool is_error = message::text_of(header, "type") == "error";
    if (outcome.refused && !options_.as_json)
        refuse(*outcome.refused, message::text_of(header, "message").value_or("refused"));
    else if (outcome.is_news || (options_.as_json && is_error))
        show(header, text);
    has_failed_ |= is_error && outcome.pause.count() == 0;
    if (options_.rings && outcome.is_news && talk_.calls_us(header, text)) screen_.ring();
    if (outcome.pause.count() == 0) return go_on();
    is_held_back_ = true;
    held_back_.set(outcome.pause, [this] {
        is_held_back_ = false;
        go_on();
    });
    show_waiting();
}

void console::give_up(const std::string& why) {
    if (!talk_.under_way()) return;
    fail(why + ": " + talk_.waiting().front().text);
    talk_.give_up();
    go_on();
}

void console::go_on() {
    while (!lines_.empty() && !leaving()) {
        const auto wish = parse_command(lines_.front());
        if (!wish || wish->name == "/me" || wish->name == "/msg") {
            if (!say(lines_.front())) break;
            lines_.pop_front();
        } else {
            // It has its turn when all before it was said, so that a /join takes nothing along.
            if (!send_ || !talk_.is_done()) break;
            lines_.pop_front();
            obey(*wish);
        }
    }
    if (!send_ || leaving()) return show_waiting();
    while (const auto lost = talk_.take_unsayable())
        refuse(*lost, "this server would tell it to all");
    if (const auto* const next = is_held_back_ ? nullptr : talk_.next()) {
        json header{{"type", "say"}, {"id", next->id}};
        if (!next->to.empty()) header["to"] = next->to;
        send_(header, next->text);
    }
    show_waiting();
    screen_.resume();
    if (ended_ && lines_.empty() && talk_.is_done()) quit(program::done);
}

bool console::say(std::string_view line) {
    const auto wish = parse_command(line);
    if (!wish) return line.empty() || talk_.say(text_of_line(line));
    if (wish->name == "/me") {
        if (!wish->argument.empty()) return talk_.say("/me " + wish->argument);
        fail("/me needs a text");
    } else {
        auto [nick, text] = split_word(wish->argument);
        if (is_name(nick) && !text.empty()) return talk_.say(std::move(text), std::move(nick));
        fail("/msg needs a nickname and a text");
    }
    return true;
}

void console::take(std::optional<std::string> line) {
    if (!line) {
        ended_ = !options_.stays;
        return screen_.interactive() ? quit(program::done) : go_on();
    }
    if (screen_.interactive()) screen_.remember(*line);
    if (typed_lines::keeps(*line)) with_kept([&] { kept_->append(*line); });
    const bool is_offline = !send_ && talk_.was_joined();
    // What needs no server, or should not wait for one.
    const auto wish = parse_command(*line);
    if (screen_.interactive() && wish &&
        (wish->name == "/quit" || wish->name == "/help" || (is_offline && wish->name == "/nick")))
        return obey(*wish);
    if (lines_.size() >= most_lines)
        return fail("not said, as " + std::to_string(most_lines) + " lines wait already: " + *line);
    if (is_offline && !line->empty() && !std::exchange(knows_of_outage_, true))
        tell("notice", "not connected: this will be done later");
    lines_.push_back(std::move(*line));
    go_on();
}

void console::obey(const command& wish) {
    const auto& [name, argument] = wish;
    if (name == "/quit") {
        quit(program::done);
    } else if (name == "/help") {
        for (const char* const each : command_help) tell("notice", each);
    } else if (name == "/who") {
        ask({{"type", "who"}});
    } else if (name == "/nick" && is_name(argument)) {
        talk_.want_nick(argument);
        ask({{"type", "nick"}, {"nick", argument}});
    } else if (name == "/join" && is_name(argument)) {
        ask({{"type", "join"}, {"room", argument}});
    } else if (name == "/nick" || name == "/join") {
        fail(name + " needs a name: 1 to 32 characters without spaces");
    } else {
        fail(name + " is no command; /help says what there is");
    }
}

void console::ask(const json& message) {
    if (send_) send_(message, {});
}

void console::quit(int code) {
    if (leaving()) return;
    const bool is_to_be_told = has_failed_ && !screen_.interactive(); // a person has read it
    exit_code_ = code == program::done && is_to_be_told ? program::failed : code;
    // What is under way may still come back.
    const std::size_t waiting = talk_.waiting().size() - (talk_.under_way() ? 1 : 0);
    if (const std::size_t unsaid = waiting + lines_.size(); unsaid != 0 && screen_.interactive())
        tell("notice", "not said, as they had to wait: " + std::to_string(unsaid) +
                           (unsaid == 1 ? " line" : " lines"));
    screen_.set_status({});
    quit_();
}

void console::tell(std::string_view type, const std::string& message) {
    show({{"type", type}, {"message", message}});
}

void console::fail(const std::string& message) {
    has_failed_ = true;
    tell("notice", message);
}

void console::refuse(const conversation::message& what, const std::string& why) {
    constexpr std::size_t longest = 60; // bytes, or a little more
    std::size_t size = std::min(longest, what.text.size());
    while (size < what.text.size() && (static_cast<unsigned char>(what.text[size]) & 0xc0) == 0x80)
        ++size;
    // What all hear would have come back when we did.
    const bool may_be_heard = !what.to.empty() && what.was_under_way;
    fail((may_be_heard ? "perhaps not said: " : "not said: ") + what.text.substr(0, size) +
         (size < what.text.size() ? "...: " : ": ") + why);
}

void console::show(const json& header, std::string_view text) {
    if (options_.as_json) {
        json all = header;
        if (all.erase("body_size") != 0) all["text"] = text;
        return screen_.print(message::to_text(all));
    }
    const line shown = display(header, text, {in_colour(), talk_.calls_us(header, text)});
    if (shown.text.empty()) return;
    shown.what == line::kind::talk ? screen_.show(shown.text) : screen_.notify(shown.text);
}

void console::show_waiting() {
    if (!screen_.interactive() || leaving()) return;
    const auto& waiting = talk_.waiting();
    const std::size_t more = waiting.size() + lines_.size();
    if (more == 0) return screen_.set_status({});
    if (waiting.empty()) return screen_.set_status("... " + visible(lines_.front()), more - 1);
    const conversation::message& first = waiting.front();
    const line shown = display(said_by(talk_.nick(), first), first.text, {});
    screen_.set_status(shown.text, more - 1);
}

} // namespace chat
