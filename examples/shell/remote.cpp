// SPDX-License-Identifier: MIT
#include "shell/remote.hpp"

#include "shell/signals.hpp"
#include "support/descriptor.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <system_error>
#include <utility>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using nlohmann::json;

namespace {

stream_socket reach(asio::io_context& io, const address& where) {
    try {
        return connect(io, where);
    } catch (const std::system_error& error) {
        throw disconnected("cannot connect: " + error.code().message());
    }
}

std::string text_of(const json& header, const char* key) {
    const auto value = header.find(key);
    return value != header.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::size_t> size_of(const json& header, const char* key) {
    const auto value = header.find(key);
    if (value == header.end() || !value->is_number_unsigned()) return std::nullopt;
    return value->get<std::size_t>();
}

} // namespace

remote::remote(const address& where, const std::string& token)
    : socket_(reach(io_, where)), out_(socket_), input_(io_),
      window_moved_(socket_.get_executor()) {
    asio::co_spawn(io_, out_.run(), asio::detached);
    run_to_end(authenticate(token));
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
    asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error) {
        failure = error;
        io_.stop();
    });
    io_.run();
    if (failure) std::rethrow_exception(failure);
}

template <class Take>
awaitable<void> remote::receive(Take take) {
    // What came together with the end of the last command is first.
    for (const auto& frame : incoming_.feed(std::string_view()))
        if (take(frame)) co_return;
    while (true) {
        std::error_code error;
        const auto room = incoming_.prepare(64 * 1024);
        const std::size_t size = co_await socket_.async_read_some(
            asio::buffer(room.data(), room.size()), redirect_error(use_awaitable, error));
        if (error) throw disconnected("the connection broke: " + error.message());
        for (const auto& frame : incoming_.commit(size))
            if (take(frame)) co_return;
        if (incoming_.error())
            throw disconnected("not what a shell server says: " + incoming_.error().message());
    }
}

awaitable<void> remote::authenticate(const std::string& token) {
    out_.post({{"type", "auth"}, {"token", token}});
    co_await receive([this](const message& received) {
        const std::string type = text_of(received.header, "type");
        if (type == "error") throw refused(text_of(received.header, "message"));
        window_ = size_of(received.header, "stdin_window");
        return type == "welcome";
    });
}

awaitable<void> remote::execute(const job& wanted) {
    running_ = true;
    sent_ = taken_ = 0;
    recent_input_.clear();
    json header{{"type", "exec"}, {"id", id_}, {"command", wanted.command}};
    if (!wanted.directory.empty()) header["cwd"] = wanted.directory;
    if (!wanted.environment.empty()) header["env"] = wanted.environment;
    try {
        out_.post(header);
    } catch (const std::system_error& error) {
        if (error.code().category() != framing::category()) throw;
        throw refused(error.code() == framing::errc::invalid_header
                          ? "the command is not UTF-8 text"
                          : "the command is too long");
    }
    if (wanted.with_input)
        asio::co_spawn(io_, forward_input(id_), asio::detached);
    else
        out_.post({{"type", "stdin_close"}, {"id", id_}});

    interrupts_.emplace(io_, SIGINT);
    asio::co_spawn(io_, forward_interrupts(id_), asio::detached);
    std::exception_ptr failure;
    try {
        co_await receive([&](const message& received) { return take(received, wanted); });
    } catch (...) {
        failure = std::current_exception();
    }
    running_ = false;
    input_.cancel();
    window_moved_.notify();
    interrupts_.reset();
    if (failure) std::rethrow_exception(failure);
}

/// Returns: whether the command has ended.
bool remote::take(const message& received, const job& wanted) {
    const json& header = received.header;
    const std::string type = text_of(header, "type");
    if (type == "bye") write_all(STDERR_FILENO, "shell_client: the server is stopping\n");
    const auto id = header.find("id");
    if (id == header.end() || *id != id_) {
        if (type == "error" && id == header.end()) throw refused(text_of(header, "message"));
        return false;
    }
    if (type == "stdout") {
        if (wanted.on_output)
            wanted.on_output(received.text());
        else
            write_all(STDOUT_FILENO, received.text());
    } else if (type == "stderr") {
        write_all(STDERR_FILENO, received.text());
    } else if (type == "stdin_taken") {
        taken_ += std::min(sent_ - taken_, size_of(header, "bytes").value_or(0));
        window_moved_.notify();
    } else if (type == "exit") {
        const auto status = header.find("status");
        const std::size_t unread =
            sent_ - std::min(sent_, size_of(header, "stdin_read").value_or(sent_));
        unread_ =
            recent_input_.substr(recent_input_.size() - std::min(unread, recent_input_.size()));
        status_ = status != header.end() && status->is_number_integer()
                      ? status->get<int>()
                      : 128 + signal_number(text_of(header, "signal"));
        return true;
    } else if (type == "error" && text_of(header, "code") != "unknown_id") {
        // Input that came after the command had ended is nobody's fault.
        throw refused(text_of(header, "code") + ": " + text_of(header, "message"));
    }
    return false;
}

awaitable<void> remote::forward_input(std::uint32_t id) {
    const auto wanted = [this, id] { return running_ && id == id_; };
    std::array<char, 64 * 1024> buffer;
    while (true) {
        co_await out_.room();
        while (wanted() && window_ && sent_ - taken_ + buffer.size() > *window_)
            co_await window_moved_.wait();
        const bool ready = co_await input_.wait();
        if (!ready || !wanted()) co_return; // what is there is for the next one
        const std::size_t size = standard_input::read(buffer);
        if (size == 0) break;
        const std::string_view bytes(buffer.data(), size);
        sent_ += size;
        recent_input_ += bytes;
        if (recent_input_.size() > 2 * recent_size)
            recent_input_.erase(0, recent_input_.size() - recent_size);
        out_.post({{"type", "stdin"}, {"id", id}}, bytes);
    }
    out_.post({{"type", "stdin_close"}, {"id", id}});
}

awaitable<void> remote::forward_interrupts(std::uint32_t id) {
    using clock = asio::steady_timer::clock_type;
    auto last = clock::time_point::min();
    while (true) {
        std::error_code error;
        co_await interrupts_->async_wait(redirect_error(use_awaitable, error));
        if (error) co_return;
        const auto now = clock::now();
        if (last != clock::time_point::min() && now - last < std::chrono::seconds(1)) {
            socket_.close(error); // which ends receive()
            co_return;
        }
        last = now;
        out_.post({{"type", "signal"}, {"id", id}, {"signal", "INT"}});
    }
}
