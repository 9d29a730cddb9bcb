// SPDX-License-Identifier: MIT
#include "chat/screen.hpp"

#include "chat/names.hpp"
#include "support/descriptor.hpp"

#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

#ifdef FRAMING_EXAMPLES_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

namespace chat {
namespace {

constexpr const char* prompt = "> ";

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
const std::set<std::string>* names = nullptr;

/// Called by readline with what is at most the rest of one line.
void take_line(char* typed) {
    if (typed == nullptr) {
        lines.emplace_back();
        return;
    }
    if (*typed != '\0') ::add_history(typed);
    lines.emplace_back(typed);
    std::free(typed);
}

/// The next of the names that begin so; readline asks until there is none.
char* next_name(const char* begin, int state) {
    static std::set<std::string>::const_iterator at;
    if (names == nullptr) return nullptr;
    if (state == 0) at = names->begin();
    for (; at != names->end(); ++at)
        if (at->starts_with(begin) && is_name(*at)) // readline shows it as it is
            return ::strdup((at++)->c_str());
    return nullptr;
}

char** complete(const char* begin, int, int) {
    rl_attempted_completion_over = 1; // no names of files
    return ::rl_completion_matches(begin, next_name);
}

void start_editing() {
    rl_outstream = stderr; // standard output is for what is said
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_attempted_completion_function = complete;
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
    std::fflush(rl_outstream);
}

void show_line_again() {
    ::rl_on_new_line();
    ::rl_redisplay();
}
#else
void start_editing() {}
void stop_editing() {}
void read_edited() {
    read_plainly();
}
void hide_line() {}
void show_line_again() {}
#endif

} // namespace

screen::screen(asio::io_context& io, std::function<void(int)> quit)
    : input_(io), resumed_(io.get_executor()), endings_(io), resized_(io), stops_(io),
      interactive_(::isatty(STDIN_FILENO) == 1) {
    endings_.at_next(std::move(quit));
    if (!interactive_) return;
    start_editing();
#ifdef FRAMING_EXAMPLES_READLINE
    resized_.add(SIGWINCH);
    tasks::at_each(resized_, [](int) { ::rl_resize_terminal(); });
    tasks::heed(stops_, SIGTSTP, SIGQUIT, SIGHUP, SIGCONT);
    tasks::at_each(stops_, [this](int signal) {
        ::rl_cleanup_after_signal(); // which gives the terminal back
        if (signal != SIGCONT) tasks::obey(stops_, signal);
        hide_line();
        ::rl_reset_after_signal();
        show_line_again();
    });
#endif
}

screen::~screen() {
    if (!interactive_) return;
    hide_line();
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
    write(STDOUT_FILENO, line, "the output");
}

void screen::notify(const std::string& line) {
    write(STDERR_FILENO, "-!- " + line, "standard error");
}

void screen::write(int to, const std::string& line, const char* what) {
    if (interactive_) hide_line();
    const std::string bytes = line + '\n';
    for (std::string_view rest = bytes; !rest.empty() && !silent_;) {
        silent_ = !endings_.wait_for_room(to);
        // Where there is any room, there is as much.
        if (!silent_) rest.remove_prefix(write_some(to, rest.substr(0, PIPE_BUF), what));
    }
    if (interactive_) show_line_again();
}

void screen::complete_with([[maybe_unused]] const std::set<std::string>& words) {
#ifdef FRAMING_EXAMPLES_READLINE
    names = &words;
#endif
}

} // namespace chat
