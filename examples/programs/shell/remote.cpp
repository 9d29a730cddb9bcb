// SPDX-License-Identifier: MIT
#include "shell/remote.hpp"

#include <framing/error.hpp>
#include <framing/limits.hpp>

#include "shell/signals.hpp"
#include "shell/terminal.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/visible.hpp"
#include "system/job_control.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr int id = 1; // of all that runs on this connection

const json stdin_header{{"type", "stdin"}, {"id", id}};

std::string plain_text_of(const json& header, const char* key) {
    return message::text_of(header, key).value_or("");
}

/// The message that has something run.
json request_of(const remote::job& wanted) {
    json header{{"type", wanted.command ? "exec" : "shell"}, {"id", id}};
    if (wanted.command) header["command"] = *wanted.command;
    if (!wanted.directory.empty()) header["cwd"] = wanted.directory;
    if (wanted.time_limit.count() != 0) header["timeout_ms"] = wanted.time_limit.count();
    if (!wanted.at_terminal) return header;
    const window size = terminal_size().value_or(window{});
    const char* const set = std::getenv("TERM");
    const std::string kind = set == nullptr ? "" : set;
    header["pty"] = {
        {"rows", size.rows}, {"cols", size.columns}, {"term", kind.empty() ? "xterm" : kind}};
    return header;
}

std::string why_not(const std::system_error& error, const json& header) {
    if (error.code() == framing::errc::invalid_header) return "the command is not UTF-8 text";
    return "the command is too long: with it the message has " +
           std::to_string(header.dump().size()) + " bytes, and " +
           std::to_string(framing::limits().max_header_size) +
           " are the most; lines of any length can be standard input (without a command)";
}

} // namespace

remote::remote(const contact::options& options)
    : address_(options.server), input_(io_), output_(io_, STDOUT_FILENO, "the output"),
      errors_(io_, STDERR_FILENO, "standard error"), interrupts_(io_), resizes_(io_), stops_(io_),
      window_moved_(io_.get_executor()) {
    run_to_end(connect(options));
}

remote::~remote() {
    if (!server_ || server_->failure()) return;
    std::error_code ignored;
    run_to_end(server_->close(ignored));
}

int remote::run(const job& wanted) {
    run_to_end(execute(wanted));
    return status_;
}

/// Runs the loop until the task has ended; what else runs goes on in the next one.
void remote::run_to_end(awaitable<void> task) {
    std::exception_ptr failure;
    io_.restart();
    tasks::spawn(io_.get_executor(), std::move(task), [&](const std::exception_ptr& error) {
        failure = error;
        io_.stop();
    });
    io_.run();
    if (failure) std::rethrow_exception(failure);
}

/// Runs it beside the rest. What goes wrong there shows in the connection.
void remote::start(awaitable<void> task) {
    tasks::spawn(io_.get_executor(), std::move(task), [](const std::exception_ptr&) {});
}

awaitable<void> remote::connect(const contact::options& options) {
    json welcome;
    connection server = co_await contact::reach(io_.get_executor(), options, welcome);
    server_.emplace(std::move(server));
    window_ = message::size_of(welcome, "stdin_window");
}

void remote::post(const json& header, std::string_view body) {
    const std::error_code error = server_->post(header, body);
    if (error && error.category() == framing::category()) throw std::system_error(error);
}

awaitable<void> remote::execute(const job& wanted) {
    running_ = true;
    const json header = request_of(wanted);
    try {
        post(header);
    } catch (const std::system_error& error) {
        throw contact::refused(why_not(error, header));
    }
    if (wanted.at_terminal) {
        window_.reset(); // it counts for pipes only
        raw_.emplace();
        resizes_.add(SIGWINCH);
        tasks::at_each(resizes_, [this](int) { post_size(); });
        tasks::heed(stops_, SIGTSTP, SIGTERM, SIGQUIT, SIGHUP, SIGCONT);
        tasks::at_each(stops_, [this](int signal) { give_terminal_back(signal); });
    }
    start(forward_input());
    tasks::heed(interrupts_, SIGINT);
    start(forward_interrupts());
    std::exception_ptr failure;
    try {
        co_await listen();
    } catch (...) {
        failure = std::current_exception();
    }
    running_ = false;
    input_.cancel();
    window_moved_.notify();
    const bool in_mid_line = raw_ && raw_->taken() && shown_;
    raw_.reset();
    for (asio::signal_set* const set : {&interrupts_, &resizes_, &stops_}) {
        set->cancel();
        set->clear();
    }
    if (reason_) failure = reason_;
    if (failure && in_mid_line) co_await errors_.write("\n");
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> remote::listen() {
    while (true) {
        const auto* const received = co_await contact::read(*server_);
        if (co_await take(*received)) co_return;
    }
}

/// Returns: whether what runs has ended.
awaitable<bool> remote::take(const connection::frame& received) {
    const json header = message::tree_of(received.header);
    const std::string type = plain_text_of(header, "type");
    if (type == "bye") co_await say("the server is stopping");
    const auto about = message::size_of(header, "id");
    if (about != id) {
        if (type == "error" && !about) throw contact::refused(plain_text_of(header, "message"));
        co_return false;
    }
    const std::string code = plain_text_of(header, "code");
    if (type == "stdout") {
        shown_ = true;
        interrupts_typed_.answered();
        co_await output_.write(received.text());
    } else if (type == "stderr") {
        co_await errors_.write(received.text());
    } else if (type == "stdin_taken") {
        taken_ += std::min(sent_ - taken_, message::size_of(header, "bytes").value_or(0));
        window_moved_.notify();
    } else if (type == "exit") {
        const auto status = message::size_of(header, "status");
        const int signal = signal_number(plain_text_of(header, "signal"));
        if (status ? *status > 255 : signal == 0)
            throw contact::refused("the server does not say how the command has ended");
        status_ = status ? static_cast<int>(*status) : 128 + signal;
        co_return true;
    } else if (type == "error" && code == "timeout") {
        std::string why = plain_text_of(header, "message");
        co_await say(std::move(why));
    } else if (type == "error" && code != "unknown_id") {
        // Input that came after the command had ended is nobody's fault.
        throw contact::refused(code + ": " + plain_text_of(header, "message"));
    }
    co_return false;
}

/// A command whose input cannot be read any more is ended: it would take what it has for the whole.
std::optional<std::size_t> remote::read_input(std::span<char> into) {
    try {
        return standard_input::read(into);
    } catch (const std::system_error&) {
        leave(std::current_exception());
        return std::nullopt;
    }
}

awaitable<void> remote::forward_input() {
    std::vector<char> buffer(64 * 1024);
    while (true) {
        while (running_ && window_ && sent_ - taken_ + buffer.size() > *window_)
            co_await window_moved_.wait();
        const bool ready = co_await input_.wait();
        if (!ready || !running_) co_return;
        const std::optional<std::size_t> size = read_input(buffer);
        if (!size) continue;
        if (*size == 0) break;
        const std::string_view bytes(buffer.data(), *size);
        if (raw_ && raw_->taken())
            co_await forward_keys(bytes);
        else
            co_await forward(bytes);
    }
    post({{"type", "stdin_close"}, {"id", id}});
}

awaitable<void> remote::forward(std::string_view bytes) {
    sent_ += bytes.size();
    co_await server_->write(stdin_header, bytes);
}

/// A person is heard also while the server is not: only what nobody types waits for it.
awaitable<void> remote::forward_keys(std::string_view typed) {
    std::string keys;
    while (const auto wish = keys_.next(typed, keys)) fulfil(*wish);
    if (running_) heed_interrupts(keys);
    if (!running_ || keys.empty()) co_return;
    if (server_->post(stdin_header, keys)) co_await server_->write(stdin_header, keys);
}

void remote::fulfil(escape_keys::wish wish) {
    switch (wish) {
    case escape_keys::wish::leave: return leave();
    case escape_keys::wish::suspend: std::raise(SIGTSTP); return;
    case escape_keys::wish::help: start(errors_.write(escape_keys::help));
    }
}

/// However often a key repeats, it is one interrupt at a time.
void remote::heed_interrupts(std::string_view keys) {
    constexpr char ctrl_c = '\x03';
    if (keys.find(ctrl_c) == keys.npos) return;
    switch (interrupts_typed_.interrupted(tasks::clock::now())) {
    case unanswered::advice::wait: return;
    case unanswered::advice::ask:
        start(say("the server does not answer: interrupt once more to leave"));
        return;
    case unanswered::advice::leave: leave();
    }
}

awaitable<void> remote::forward_interrupts() {
    constexpr std::chrono::seconds in_a_row{1};
    tasks::clock::time_point last;
    int count = 0;
    while (co_await tasks::next(interrupts_) != 0) {
        const auto now = tasks::clock::now();
        count = now - last < in_a_row ? count + 1 : 1;
        last = now;
        if (count == 3) co_return leave();
        post({{"type", "signal"}, {"id", id}, {"signal", "INT"}});
        if (count == 2) start(say("interrupt once more to leave"));
    }
}

void remote::leave() {
    leave(std::make_exception_ptr(
        contact::disconnected("you have left; the connection to " + address_ + " is closed")));
}

/// Ends listen(), whatever it waits for.
void remote::leave(std::exception_ptr why) {
    reason_ = std::move(why);
    running_ = false;
    server_->abort();
    output_.cancel();
    errors_.cancel();
}

/// A signal ends or stops us as it would without a terminal to be given back.
void remote::give_terminal_back(int signal) {
    raw_.reset();
    if (signal != SIGCONT) obey(stops_, signal);
    raw_.emplace();
    post_size(); // which may be another by now
}

void remote::post_size() {
    const window size = terminal_size().value_or(window{});
    post({{"type", "resize"}, {"id", id}, {"rows", size.rows}, {"cols", size.columns}});
}

/// As program::complain, but without a wait that nothing can end.
awaitable<void> remote::say(std::string text) {
    std::string line = program_invocation_short_name + (": " + visible(text)) + '\n';
    if (raw_ && raw_->taken()) line = "\r\n" + line + '\r';
    co_await errors_.write(line);
}
