// SPDX-License-Identifier: MIT
#include "chat/screen.hpp"

#include "chat/names.hpp"
#include "chat/wrapping.hpp"
#include "support/colour.hpp"
#include "support/descriptor.hpp"
#include "system/descriptor_calls.hpp"
#include "system/job_control.hpp"
#include "system/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#ifdef FRAMING_EXAMPLES_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

namespace chat {
namespace {

std::deque<std::optional<std::string>> lines; // typed, not yet taken

/// Takes whole lines from what a pipe, or a terminal without readline, gives.
void cut_lines(std::string& text) {
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
        lines.emplace_back(text.substr(0, end));
}

void read_plainly() {
    static std::string part;
    std::array<char, 64 * 1024> bytes{};
    const std::optional<std::size_t> size = standard_input::read(bytes);
    if (!size) return;
    part.append(bytes.data(), *size);
    cut_lines(part);
    if (*size != 0) return;
    if (!part.empty()) lines.emplace_back(std::exchange(part, {}));
    lines.emplace_back();
}

#ifdef FRAMING_EXAMPLES_READLINE
constexpr const char* prompt = "> ";
constexpr int most_remembered = 1000; // lines

const std::set<std::string>* names = nullptr;
std::span<const char* const> commands;
std::vector<std::string> matches; // of what is to be completed

/// Called by readline with a line, or with several that were pasted.
void take_line(char* typed) {
    if (typed == nullptr) {
        lines.emplace_back();
        return;
    }
    std::string text = std::string(typed) + '\n';
    std::free(typed);
    cut_lines(text);
}

/// The return key: what was typed goes from the screen, where it appears once it is said.
int end_line(int, int) {
    ::rl_clear_visible_line();
    rl_done = 1;
    RL_SETSTATE(RL_STATE_DONE);
    return 0;
}

/// Readline asks until there is none.
char* next_match(const char*, int state) {
    static std::size_t at;
    if (state == 0) at = 0;
    return at == matches.size() ? nullptr : ::strdup(matches[at++].c_str());
}

/// At the beginning of a line somebody is spoken to, or it is a command.
char** complete(const char* begin, int start, int) {
    rl_attempted_completion_over = 1; // no names of files
    matches.clear();
    const std::string key = name_key(begin);
    if (start == 0 && key.starts_with('/'))
        std::ranges::copy_if(commands, std::back_inserter(matches),
                             [&](std::string_view each) { return each.starts_with(key); });
    else if (names != nullptr)
        for (const std::string& each : *names)
            if (name_key(each).starts_with(key) && is_name(each)) // readline shows it as it is
                matches.push_back(start == 0 ? each + ':' : each);
    return ::rl_completion_matches(begin, next_match);
}

void start_editing() {
    rl_outstream = stderr; // standard output is for what is said
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = " \t\n@(";
    ::rl_variable_bind("completion-ignore-case", "on");
    for (const Keymap keys : {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap})
        for (const int key : {'\r', '\n'}) ::rl_bind_key_in_map(key, end_line, keys);
    ::stifle_history(most_remembered);
    ::rl_callback_handler_install(prompt, take_line);
}

void stop_editing() {
    ::rl_callback_handler_remove();
}

void read_edited() {
    ::rl_callback_read_char();
}

void hide_line() {
    ::rl_clear_visible_line();
}

void show_line_again() {
    ::rl_on_new_line();
    ::rl_redisplay();
}

/// Whether a row above the line can be taken back.
bool can_go_up() {
    const char* const up = ::rl_get_termcap("up");
    return up != nullptr && *up != '\0';
}
#else
void start_editing() {}
void stop_editing() {}
void read_edited() {
    read_plainly();
}
void hide_line() {}
void show_line_again() {}
bool can_go_up() {
    return false;
}
#endif

} // namespace

screen::screen(asio::io_context& io, std::function<void(int)> quit)
    : input_(io), resumed_(io.get_executor()), endings_(io), resized_(io), stops_(io),
      interactive_(terminal::is_at(STDIN_FILENO)) {
    endings_.at_next(std::move(quit));
    if (!interactive_) return;
    start_editing();
#ifdef FRAMING_EXAMPLES_READLINE
    resized_.add(SIGWINCH);
    tasks::at_each(resized_, [this](int) {
        hide();
        ::rl_reset_screen_size();
        show_again();
    });
    tasks::heed(stops_, SIGTSTP, SIGQUIT, SIGHUP, SIGCONT);
    tasks::at_each(stops_, [this](int signal) {
        if (signal != SIGCONT) hide();
        ::rl_cleanup_after_signal(); // which gives the terminal back
        if (signal != SIGCONT) obey(stops_, signal);
        shows_status_ = false; // whatever is above us now
        ::rl_reset_after_signal();
        show_again();
    });
#endif
}

screen::~screen() {
    if (!interactive_) return;
    hide();
    stop_editing();
}

asio::awaitable<void> screen::read_lines(std::function<void(std::optional<std::string>)> on_line,
                                         std::function<bool()> has_room) {
    while (true) {
        if (!co_await input_.wait()) co_return;
        interactive_ ? read_edited() : read_plainly();
        while (!lines.empty()) {
            while (!has_room()) co_await resumed_.sleep_until(tasks::clock::time_point::max());
            auto line = std::move(lines.front());
            lines.pop_front();
            const bool more = line.has_value();
            on_line(std::move(line));
            if (!more) co_return;
        }
    }
}

void screen::show(const std::string& line) {
    constexpr std::size_t indent = 6; // as wide as the time
    print(wrapped(line, terminal::columns_of(STDOUT_FILENO), indent));
}

void screen::notify(const std::string& line) {
    constexpr std::string_view mark = "-!- ";
    const std::size_t columns = terminal::columns_of(STDERR_FILENO);
    write(STDERR_FILENO, wrapped(std::string(mark) + line, columns, mark.size()), "standard error");
}

void screen::print(const std::string& line) {
    write(STDOUT_FILENO, line, "the output");
}

void screen::set_status(const std::string& text, std::size_t more) {
    if (!interactive_ || (text == status_ && more == more_)) return;
    hide();
    status_ = text;
    more_ = more;
    show_again();
}

void screen::hide() {
    hide_line();
    // Not all that is below: where that is the whole screen, some terminals note what was there.
    if (std::exchange(shows_status_, false)) std::fputs("\r\033[A\033[K", stderr);
    std::fflush(stderr);
}

void screen::show_again() {
    const std::size_t columns = terminal::columns_of(STDERR_FILENO);
    shows_status_ = !status_.empty() && columns != 0 && can_go_up();
    if (shows_status_) {
        std::string rest = more_ == 0 ? "" : " (" + std::to_string(more_) + " more wait)";
        if (width_of(rest) + 1 > columns) rest.clear();
        const std::string row = cut_to(status_, columns - 1 - width_of(rest)) + rest;
        const bool is_dim = in_colour();
        std::fputs((is_dim ? "\033[2m" + row + "\033[0m\n" : row + '\n').c_str(), stderr);
    }
    show_line_again();
}

void screen::ring() {
    if (!interactive_) return;
    std::fputc('\a', stderr);
    std::fflush(stderr);
}

void screen::write(int to, const std::string& line, const char* what) {
    if (interactive_) hide();
    const std::string bytes = line + '\n';
    for (std::string_view rest = bytes; !rest.empty() && !silent_;) {
        silent_ = !endings_.wait_for_room(to);
        if (silent_) break;
        const std::string_view piece = rest.substr(0, descriptor_calls::least_room);
        rest.remove_prefix(write_some(to, piece, what));
    }
    if (interactive_) show_again();
}

void screen::remember([[maybe_unused]] const std::string& line) {
#ifdef FRAMING_EXAMPLES_READLINE
    const HIST_ENTRY* const last = ::history_get(history_base + history_length - 1);
    if (!line.empty() && (last == nullptr || line != last->line)) ::add_history(line.c_str());
    ::using_history(); // the keys go back from its end
#endif
}

void screen::complete_with([[maybe_unused]] const std::set<std::string>& all,
                           [[maybe_unused]] std::span<const char* const> wishes) {
#ifdef FRAMING_EXAMPLES_READLINE
    names = &all;
    commands = wishes;
#endif
}

} // namespace chat
