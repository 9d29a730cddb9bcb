// SPDX-License-Identifier: MIT
#include "shell/command.hpp"

#include "shell/signals.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;

command::command(outbox& out, std::uint32_t id, child process, std::function<void()> ended)
    : out_(out), id_(id), pid_(process.pid), stdin_(out.executor(), process.in.release()),
      stdout_(out.executor(), process.out.release()),
      stderr_(out.executor(), process.err.release()), ended_(std::move(ended)),
      changed_(out.executor()), child_signals_(out.executor(), SIGCHLD) {}

void command::start() {
    const auto spawn = [&](awaitable<void> task) {
        asio::co_spawn(out_.executor(), std::move(task),
                       [self = shared_from_this()](const std::exception_ptr& error) {
                           if (error) self->out_.abandon(); // which ends the connection
                       });
    };
    spawn(feed_input());
    spawn(forward(stdout_, "stdout"));
    spawn(forward(stderr_, "stderr"));
    spawn(run());
}

void command::write(std::string_view bytes) {
    if (input_closed_) return;
    input_ += bytes;
    unwritten_ += bytes.size();
    changed_.notify();
}

void command::close_input() {
    input_closed_ = true;
    changed_.notify();
}

awaitable<bool> command::input_room() {
    asio::steady_timer stall(out_.executor());
    std::size_t before = 0;
    while (unwritten_ > input_mark) {
        if (std::exchange(before, unwritten_) != unwritten_) {
            stall.expires_after(input_stall);
            stall.async_wait([self = shared_from_this()](std::error_code cancelled) {
                if (!cancelled) self->changed_.notify();
            });
        } else if (stall.expiry() <= asio::steady_timer::clock_type::now()) {
            co_return false;
        }
        co_await changed_.wait();
    }
    co_return true;
}

awaitable<void> command::feed_input() {
    std::string sending;
    std::error_code error;
    while (!error) {
        while (input_.empty() && !input_closed_) co_await changed_.wait();
        if (input_.empty()) break;
        std::swap(input_, sending);
        for (std::string_view rest = sending; !rest.empty() && !error;) {
            const std::size_t size = co_await stdin_.async_write_some(
                asio::buffer(rest), redirect_error(use_awaitable, error));
            rest.remove_prefix(size);
            written_ += size;
            took(size);
            co_await out_.room(); // for what took() says
        }
        sending.clear();
    }
    // Either all is written, or the child wants no more, and the rest is nobody's.
    input_closed_ = true;
    input_.clear();
    took(unwritten_);
    if (stdin_.is_open()) left_in_pipe_ = readable(stdin_);
    stdin_.close(error);
}

void command::took(std::size_t bytes) {
    if (bytes == 0) return;
    unwritten_ -= bytes;
    out_.post({{"type", "stdin_taken"}, {"id", id_}, {"bytes", bytes}});
    changed_.notify();
}

std::size_t command::readable(pipe& from) {
    asio::posix::descriptor_base::bytes_readable readable;
    std::error_code ignored;
    from.io_control(readable, ignored);
    return readable.get();
}

awaitable<void> command::forward(pipe& from, const char* type) {
    std::array<char, 64 * 1024> buffer;
    std::optional<std::size_t> left; // set by the last call, whoever goes on writing after it
    while (true) {
        if (last_call_ && !left) left = readable(from);
        if (left == 0U) break;
        std::error_code error;
        const std::size_t size = co_await from.async_read_some(
            asio::buffer(buffer), redirect_error(use_awaitable, error));
        if (error == asio::error::operation_aborted && last_call_) continue;
        if (error) break;
        if (left) *left -= std::min(*left, size);
        out_.post({{"type", type}, {"id", id_}}, std::string_view(buffer.data(), size));
        co_await out_.room();
    }
    std::error_code ignored;
    from.close(ignored);
    --open_outputs_;
    changed_.notify();
}

awaitable<int> command::wait_for_exit() {
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        std::error_code cancelled;
        co_await child_signals_.async_wait(redirect_error(use_awaitable, cancelled));
    }
    co_return status;
}

awaitable<void> command::wait_for_output() {
    asio::steady_timer deadline(out_.executor(), leftover_time);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (cancelled) return;
        self->last_call_ = true;
        std::error_code ignored;
        if (self->stdout_.is_open()) self->stdout_.cancel(ignored);
        if (self->stderr_.is_open()) self->stderr_.cancel(ignored);
    });
    while (open_outputs_ != 0) co_await changed_.wait();
}

awaitable<void> command::run() {
    const int status = co_await wait_for_exit();
    const std::size_t unread = stdin_.is_open() ? readable(stdin_) : left_in_pipe_;
    const std::size_t read = written_ - unread;
    close_input();
    co_await wait_for_output();
    std::error_code ignored;
    stdin_.close(ignored); // those of the group that are left get no more
    nlohmann::json exit{{"type", "exit"}, {"id", id_}};
    if (WIFSIGNALED(status))
        exit["signal"] = signal_name(WTERMSIG(status));
    else
        exit["status"] = WEXITSTATUS(status);
    exit["stdin_read"] = read;
    out_.post(exit);
    ended_();
}
