// SPDX-License-Identifier: MIT
#include "shell/remote.hpp"

#include <framing/error.hpp>

#include "shell/signals.hpp"
#include "shell/terminal.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

using asio::awaitable;
using nlohmann::json;

namespace {

std::string plain_text_of(const json& header, const char* key) {
    return message::text_of(header, key).value_or("");
}

} // namespace

remote::remote(const contact::options& options)
    : input_(io_), output_(io_, STDOUT_FILENO, "the output"),
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
    ++id_;
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
    sent_ = taken_ = 0;
    recent_input_.clear();
    json header{{"type", "exec"}, {"id", id_}, {"command", wanted.command}};
    if (!wanted.directory.empty()) header["cwd"] = wanted.directory;
    if (!wanted.environment.empty()) header["env"] = wanted.environment;
    if (wanted.time_limit.count() != 0) header["timeout_ms"] = wanted.time_limit.count();
    if (wanted.at_terminal) {
        const window size = terminal_size().value_or(window{});
        const char* const set = std::getenv("TERM");
        const std::string kind = set == nullptr ? "" : set;
        header["pty"] = {
            {"rows", size.rows}, {"cols", size.columns}, {"term", kind.empty() ? "xterm" : kind}};
        raw_.emplace();
    }
    try {
        post(header);
    } catch (const std::system_error& error) {
        throw contact::refused(error.code() == framing::errc::invalid_header
                                   ? "the command is not UTF-8 text"
                                   : "the command is too long");
    }
    if (wanted.with_input)
        start(forward_input(id_));
    else
        post({{"type", "stdin_close"}, {"id", id_}});

    tasks::heed(interrupts_, SIGINT);
    start(forward_interrupts(id_));
    if (wanted.at_terminal) {
        resizes_.add(SIGWINCH);
        tasks::at_each(resizes_, [this](int) { post_size(); });
        tasks::heed(stops_, SIGTSTP, SIGTERM, SIGQUIT, SIGHUP, SIGCONT);
        tasks::at_each(stops_, [this](int signal) { give_terminal_back(signal); });
    }
    std::exception_ptr failure;
    try {
        co_await listen(wanted);
    } catch (...) {
        failure = std::current_exception();
    }
    running_ = false;
    input_.cancel();
    window_moved_.notify();
    raw_.reset();
    for (asio::signal_set* const set : {&interrupts_, &resizes_, &stops_}) {
        set->cancel();
        set->clear();
    }
    if (input_failure_) std::rethrow_exception(input_failure_);
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> remote::listen(const job& wanted) {
    while (true) {
        const auto* const received = co_await contact::read(*server_);
        if (co_await take(*received, wanted)) co_return;
    }
}

/// Returns: whether the command has ended.
awaitable<bool> remote::take(const connection::frame& received, const job& wanted) {
    const json header = message::tree_of(received.header);
    const std::string type = plain_text_of(header, "type");
    if (type == "bye") program::complain("the server is stopping");
    const auto id = message::size_of(header, "id");
    if (id != id_) {
        if (type == "error" && !id) throw contact::refused(plain_text_of(header, "message"));
        co_return false;
    }
    const std::string code = plain_text_of(header, "code");
    if (type == "stdout") {
        std::string_view shown = received.text();
        std::string filtered;
        if (wanted.filter) shown = filtered = wanted.filter(shown);
        co_await output_.write(shown);
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
        const std::size_t unread =
            sent_ - std::min(sent_, message::size_of(header, "stdin_read").value_or(sent_));
        unread_ =
            recent_input_.substr(recent_input_.size() - std::min(unread, recent_input_.size()));
        status_ = status ? static_cast<int>(*status) : 128 + signal;
        co_return true;
    } else if (type == "error" && code == "timeout") {
        program::complain(plain_text_of(header, "message"));
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
        input_failure_ = std::current_exception();
        running_ = false;
        give_up();
        return std::nullopt;
    }
}

awaitable<void> remote::forward_input(std::uint32_t id) {
    const auto wanted = [this, id] { return running_ && id == id_; };
    const json header{{"type", "stdin"}, {"id", id}};
    std::vector<char> buffer(64 * 1024);
    while (true) {
        while (wanted() && window_ && sent_ - taken_ + buffer.size() > *window_)
            co_await window_moved_.wait();
        const bool ready = co_await input_.wait();
        if (!ready || !wanted()) co_return; // what is there is for the next one
        const std::optional<std::size_t> size = read_input(buffer);
        if (!size) continue;
        if (*size == 0) break;
        const std::string_view bytes(buffer.data(), *size);
        sent_ += *size;
        recent_input_ += bytes;
        if (recent_input_.size() > 2 * recent_size)
            recent_input_.erase(0, recent_input_.size() - recent_size);
        co_await server_->write(header, bytes);
    }
    post({{"type", "stdin_close"}, {"id", id}});
}

awaitable<void> remote::forward_interrupts(std::uint32_t id) {
    using clock = asio::steady_timer::clock_type;
    auto last = clock::time_point::min();
    while (true) {
        if (co_await tasks::next(interrupts_) == 0) co_return;
        const auto now = clock::now();
        if (last != clock::time_point::min() && now - last < std::chrono::seconds(1)) {
            give_up();
            co_return;
        }
        last = now;
        post({{"type", "signal"}, {"id", id}, {"signal", "INT"}});
    }
}

/// Ends listen(), whatever it waits for.
void remote::give_up() {
    server_->abort();
    output_.cancel();
    errors_.cancel();
}

/// A signal ends or stops us as it would without a terminal to be given back.
void remote::give_terminal_back(int signal) {
    raw_.reset();
    if (signal != SIGCONT) tasks::obey(stops_, signal);
    raw_.emplace();
    post_size(); // which may be another by now
}

void remote::post_size() {
    const window size = terminal_size().value_or(window{});
    post({{"type", "resize"}, {"id", id_}, {"rows", size.rows}, {"cols", size.columns}});
}
