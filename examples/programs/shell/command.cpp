// SPDX-License-Identifier: MIT
#include "shell/command.hpp"

#include "shell/signals.hpp"
#include "support/lookout.hpp"
#include "support/message.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using nlohmann::json;

namespace {

/// Whether nobody reads a pipe any more.
bool is_closed(int writer) {
    pollfd look{writer, POLLOUT, 0};
    return ::poll(&look, 1, 0) == 1 && (look.revents & POLLERR) != 0;
}

} // namespace

command::command(connection& client, std::uint32_t id, child process, bool at_terminal,
                 line_recorder recorder, std::function<void(const summary&)> ended)
    : client_(client), id_(id), leader_(std::move(process.leader)), at_terminal_(at_terminal),
      gate_(std::move(process.gate)), outcome_(client.get_executor(), process.outcome.release()),
      stdin_(client.get_executor(), process.in.release()),
      stdout_(client.get_executor(), process.out.release()), stderr_(client.get_executor()),
      recorder_(std::move(recorder)), ended_(std::move(ended)), changed_(client.get_executor()),
      time_limit_(client.get_executor()) {
    if (!at_terminal_) stderr_.assign(process.err.release());
}

void command::begin(awaitable<void> task) {
    tasks::spawn(client_.get_executor(), std::move(task),
                 [self = shared_from_this()](const std::exception_ptr& error) {
                     if (error) self->client_.abort(); // it cannot be told all any more
                 });
}

void command::start(std::chrono::milliseconds time_limit) {
    let_go(std::move(gate_));
    if (time_limit.count() != 0) begin(watch_time(time_limit));
    begin(run());
}

void command::call_off(std::string why) {
    called_off_ = std::move(why);
    gate_ = descriptor();
    begin(run());
}

void command::ask_to_end() {
    if (at_terminal_) leader_.signal(SIGHUP); // which a shell there passes on to its jobs
    leader_.signal(SIGTERM);                  // and this it ignores
}

void command::post(const json& header) {
    if (const auto error = client_.post(header); error && !client_.failure())
        throw std::system_error(error, "cannot send a message");
}

void command::resize(const window& size) {
    if (at_terminal_ && stdin_.is_open()) ::resize(stdin_.native_handle(), size);
}

void command::write(std::string_view bytes) {
    if (input_closed_) return;
    input_ += bytes;
    unwritten_ += bytes.size();
    changed_.notify();
}

void command::close_input() {
    constexpr char end_of_input = 4; // as typed: ^D
    if (at_terminal_ && !input_closed_) write({&end_of_input, 1});
    input_closed_ = true;
    changed_.notify();
}

awaitable<void> command::input_room() {
    if (unwritten_ <= input_mark) co_return;
    const lookout watch(client_, [this] { changed_.notify(); });
    while (unwritten_ > input_mark && !client_.failure() && !client_.stopped())
        co_await changed_.wait();
}

/// What can be written now, of a shell's lines whole ones, as far as they are none too long.
std::string command::take_input() {
    std::string taken = std::exchange(input_, {});
    if (!recorder_ || input_closed_) return taken;
    const std::size_t whole = taken.rfind('\n') + 1;
    if (whole == 0 && taken.size() >= longest_line) return taken;
    input_ = taken.substr(whole);
    taken.erase(whole);
    return taken;
}

awaitable<void> command::feed(std::string_view bytes, std::error_code& error) {
    while (!bytes.empty() && !error) {
        const std::size_t size = co_await stdin_.async_write_some(
            asio::buffer(bytes), redirect_error(use_awaitable, error));
        bytes.remove_prefix(size);
        written_ += size;
        took(size);
        std::error_code gone;        // which the others notice
        co_await client_.room(gone); // for what took() says
    }
}

awaitable<void> command::feed_lines(std::string_view lines, std::error_code& error) {
    while (!lines.empty() && !error) {
        const std::size_t end = lines.substr(0, longest_line).find('\n');
        const std::string_view line = lines.substr(0, end == lines.npos ? longest_line : end + 1);
        lines.remove_prefix(line.size());
        co_await stdin_.async_wait(pipe::wait_write, redirect_error(use_awaitable, error));
        if (error || is_closed(stdin_.native_handle())) break;
        const std::string problem = co_await recorder_(line);
        if (!problem.empty()) {
            json refusal = message::error("not_recorded", problem);
            refusal["id"] = id_;
            post(refusal);
            error = make_error_code(std::errc::operation_canceled);
        }
        co_await feed(line, error);
    }
}

awaitable<void> command::feed_input() {
    std::error_code error;
    while (!error) {
        const std::string bytes = take_input();
        if (bytes.empty() && input_closed_) break;
        if (bytes.empty())
            co_await changed_.wait();
        else if (recorder_)
            co_await feed_lines(bytes, error);
        else
            co_await feed(bytes, error);
    }
    // Either all is written, or the child wants no more, and the rest is nobody's.
    input_closed_ = true;
    input_.clear();
    took(unwritten_);
    if (at_terminal_) co_return; // where the end was typed, and more may be
    if (stdin_.is_open()) left_in_pipe_ = readable(stdin_);
    stdin_.close(error);
}

void command::took(std::size_t bytes) {
    if (bytes == 0) return;
    unwritten_ -= bytes;
    if (!at_terminal_ && !exited_) post({{"type", "stdin_taken"}, {"id", id_}, {"bytes", bytes}});
    changed_.notify();
}

std::size_t command::readable(pipe& from) {
    asio::posix::descriptor_base::bytes_readable readable;
    std::error_code ignored;
    from.io_control(readable, ignored);
    return readable.get();
}

awaitable<void> command::forward(pipe& from, const char* type) {
    ++open_outputs_;
    const json header{{"type", type}, {"id", id_}};
    std::vector<char> buffer(output_piece);
    std::optional<std::size_t> left; // set by the last call, whoever goes on writing after it
    std::error_code error;
    while (!error) {
        if (last_call_ && !left) left = readable(from);
        if (left == 0U) break;
        const std::size_t size = co_await from.async_read_some(
            asio::buffer(buffer), redirect_error(use_awaitable, error));
        if (error == asio::error::operation_aborted && last_call_) {
            error.clear();
            continue;
        }
        if (error) break;
        if (left) *left -= std::min(*left, size);
        bytes_out_ += size;
        const std::string_view bytes(buffer.data(), size);
        co_await client_.write(header, bytes, error);
    }
    std::error_code ignored;
    from.close(ignored);
    --open_outputs_;
    changed_.notify();
}

/// Nobody may run for longer than was asked for, whatever signals he ignores.
awaitable<void> command::watch_time(std::chrono::milliseconds limit) {
    co_await time_limit_.sleep_for(limit);
    if (exited_) co_return;
    post({{"type", "error"},
          {"code", "timeout"},
          {"message", "the time limit of " + std::to_string(limit.count()) + " ms is over"},
          {"id", id_}});
    leader_.signal(SIGTERM);
    co_await time_limit_.sleep_for(grace);
    if (!exited_) leader_.signal(SIGKILL);
}

void command::stop_output() {
    last_call_ = true;
    std::error_code ignored;
    if (stdout_.is_open()) stdout_.cancel(ignored);
    if (stderr_.is_open()) stderr_.cancel(ignored);
}

/// Nothing waits for it any more.
void command::give_up() {
    exited_ = true;
    time_limit_.wake();
    stop_output();
    close_input();
    std::error_code ignored;
    stdin_.close(ignored);
}

awaitable<void> command::wait_for_output() {
    tasks::alarm deadline(client_.get_executor());
    deadline.set(leftover_time, [this] { stop_output(); });
    while (open_outputs_ != 0) co_await changed_.wait();
}

/// A folder on a dead mount can make this take forever. What is killed before it could run has run.
awaitable<std::string> command::failure_to_run() {
    int number = 0;
    std::error_code end;
    co_await outcome_.async_read_some(asio::buffer(&number, sizeof number),
                                      redirect_error(use_awaitable, end));
    outcome_.close(end);
    if (number == 0) co_return called_off_;
    if (number < 0)
        co_return "cannot go to its folder: " + std::generic_category().message(-number);
    co_return std::generic_category().message(number);
}

awaitable<int> command::wait_for_exit() {
    const int status = co_await leader_.wait();
    exited_ = true;
    time_limit_.wake();
    co_return status;
}

/// Returns: what it came to.
command::summary command::refuse(const std::string& why) {
    input_closed_ = true;
    input_.clear();
    took(unwritten_);
    json error = message::error("spawn_failed", why);
    error["id"] = id_;
    post(error);
    return {why, {}, {}, {}, {}};
}

awaitable<void> command::run() {
    summary result;
    std::exception_ptr failure;
    try {
        result = co_await live();
    } catch (const std::exception& error) {
        failure = std::current_exception();
        result.end = std::string("nobody knows how: ") + error.what();
        give_up();
    }
    ended_(result);
    if (failure) std::rethrow_exception(failure);
}

awaitable<command::summary> command::live() {
    const std::string failure = co_await failure_to_run();
    if (!failure.empty()) {
        co_await wait_for_exit();
        co_return refuse(failure);
    }
    begin(feed_input());
    begin(forward(stdout_, "stdout"));
    if (!at_terminal_) begin(forward(stderr_, "stderr"));
    const int status = co_await wait_for_exit();
    const std::size_t unread = stdin_.is_open() ? readable(stdin_) : left_in_pipe_;
    const std::size_t read = written_ - std::min(written_, unread);
    if (!at_terminal_) close_input();
    input_closed_ = true;
    changed_.notify();
    co_await wait_for_output();
    std::error_code ignored;
    stdin_.close(ignored); // those of the group that are left get no more
    const bool by_signal = WIFSIGNALED(status);
    json exit{{"type", "exit"}, {"id", id_}};
    if (by_signal)
        exit["signal"] = signal_name(WTERMSIG(status));
    else
        exit["status"] = WEXITSTATUS(status);
    if (!at_terminal_) exit["stdin_read"] = read;
    post(exit);
    co_return summary{{},
                      by_signal ? "signal " + signal_name(WTERMSIG(status))
                                : "status " + std::to_string(WEXITSTATUS(status)),
                      written_,
                      bytes_out_,
                      std::chrono::steady_clock::now() - start_};
}
