// SPDX-License-Identifier: MIT
#include "shell/line_reader.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>

#ifdef FRAMING_EXAMPLES_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int) {
    interrupted = 1;
}

/// Ctrl-C is an event for the time of a line, not the end of the program.
class interrupts_noted {
public:
    interrupts_noted() : before_(std::signal(SIGINT, on_interrupt)) {
        interrupted = 0;
        if (before_ == SIG_IGN) std::signal(SIGINT, SIG_IGN); // whoever started us wants that
    }
    interrupts_noted(const interrupts_noted&) = delete;
    interrupts_noted& operator=(const interrupts_noted&) = delete;
    ~interrupts_noted() { std::signal(SIGINT, before_); }

private:
    void (*before_)(int);
};

std::optional<std::string> plain_line() {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
}

#ifdef FRAMING_EXAMPLES_READLINE
/// Called by readline when a signal has interrupted it.
int give_up_line() {
    if (interrupted == 0) return 0;
    interrupted = 0;
    rl_crlf();
    rl_on_new_line();
    rl_replace_line("", 1);
    rl_redisplay();
    return 0;
}

void remember(const std::string& line) {
    if (!line.empty()) ::add_history(line.c_str());
}

/// What a line to be edited begins with.
std::string beginning;

int insert_beginning() {
    return rl_insert_text(beginning.c_str());
}

std::optional<std::string> edited_line(const std::string& prompt, const std::string& typed_ahead) {
    beginning = typed_ahead;
    rl_startup_hook = insert_beginning;
    rl_bind_key('\t', rl_insert); // the names it would complete are those of this machine
    rl_outstream = stderr;        // standard output is for what commands print
    rl_signal_event_hook = give_up_line;
    char* const typed = ::readline(prompt.c_str());
    if (typed == nullptr) {
        std::cerr << '\n';
        return std::nullopt;
    }
    std::string line = typed;
    std::free(typed);
    remember(line);
    return line;
}
#else
void remember(const std::string&) {}

std::optional<std::string> edited_line(const std::string& prompt, const std::string& typed_ahead) {
    std::cerr << prompt << typed_ahead << std::flush;
    const auto line = plain_line();
    return line ? typed_ahead + *line : line;
}
#endif

} // namespace

line_reader::line_reader() : interactive_(::isatty(STDIN_FILENO) == 1) {}

std::optional<std::string> line_reader::next(const std::string& prompt) {
    if (!interactive_) return plain_line();
    if (const auto line = line_typed_ahead(prompt)) return line;
    const interrupts_noted scope;
    return edited_line(prompt, std::exchange(typed_ahead_, {}));
}

void line_reader::put_back(std::string_view lines) {
    // What was typed while a line was edited has the return key as it is.
    for (const char c : lines) typed_ahead_ += c == '\r' ? '\n' : c;
}

std::optional<std::string> line_reader::line_typed_ahead(const std::string& prompt) {
    const std::size_t end = typed_ahead_.find('\n');
    if (end == typed_ahead_.npos) return std::nullopt;
    const std::string line = typed_ahead_.substr(0, end);
    typed_ahead_.erase(0, end + 1);
    std::cerr << prompt << line << '\n';
    remember(line);
    return line;
}
