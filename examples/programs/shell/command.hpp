// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "shell/child.hpp"
#include "shell/process.hpp"
#include "support/connection.hpp"
#include "support/descriptor.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

/// One command that runs for a client: its output goes to the client as it is produced, then one
/// `exit`. Reading stops while much waits to be sent, so that a flood holds the command, not
/// memory.
class command : public std::enable_shared_from_this<command> {
public:
    /// How many bytes of input a client should have on the way to a command at most. It is told
    /// what was taken, so that it can keep to that, and everything else it says gets through.
    static constexpr std::size_t input_window = 256 * 1024;

    /// What it came to.
    struct summary {
        std::string failure; // why it never ran
        std::string end;     // as in "status 0"
        std::uint64_t bytes_in = 0;
        std::uint64_t bytes_out = 0;
        std::chrono::duration<double> time{};
    };

    /// What is done with a line before a shell is given it. Returns: why it must not be; else
    /// empty.
    using line_recorder = std::function<asio::awaitable<std::string>(std::string_view)>;

    /// Takes over a child that waits at its gate. `recorder`: empty where its input is no lines for
    /// a shell; else each is recorded once the shell has read the one before. `ended` is called
    /// when `exit` was sent, or that it could not run, or neither can be known or said; processes
    /// of the group may be left.
    command(connection& client, std::uint32_t id, child process, bool at_terminal,
            line_recorder recorder, std::function<void(const summary&)> ended);

    /// Its client's name for it.
    [[nodiscard]] std::uint32_t id() const { return id_; }

    /// With it whoever is left of its group, once it has ended.
    [[nodiscard]] process& leader() { return leader_; }

    /// A time limit of zero is none.
    void start(std::chrono::milliseconds time_limit);
    /// Instead of that: it must not run.
    void call_off(std::string why);

    /// Its client has gone, or is to go.
    void ask_to_end();

    /// Queues bytes for standard input; what a child does not want is dropped.
    void write(std::string_view bytes);
    /// Closes standard input behind what is queued.
    void close_input();
    /// Waits until the child has taken enough of its input, or the client has gone.
    asio::awaitable<void> input_room();

    /// Does nothing without a terminal.
    void resize(const window& size);

private:
    using pipe = asio::posix::stream_descriptor;

    /// How long an exit waits for output that others of the group may still produce.
    static constexpr std::chrono::seconds leftover_time{1};
    /// How long a command that is out of time has to end by itself.
    static constexpr std::chrono::seconds grace{3};
    static constexpr std::size_t output_piece = 64 * 1024;
    static constexpr std::size_t input_mark = 4 * input_window;
    static constexpr std::size_t longest_line = 64 * 1024; // more of one is another

    void begin(asio::awaitable<void> task);
    asio::awaitable<std::string> failure_to_run();
    asio::awaitable<void> feed_input();
    asio::awaitable<void> feed_lines(std::string_view lines, std::error_code& error);
    asio::awaitable<void> feed(std::string_view bytes, std::error_code& error);
    std::string take_input();
    void took(std::size_t bytes);
    static std::size_t readable(pipe& from);
    asio::awaitable<void> forward(pipe& from, const char* type);
    asio::awaitable<void> watch_time(std::chrono::milliseconds limit);
    asio::awaitable<void> run();
    asio::awaitable<summary> live();
    asio::awaitable<int> wait_for_exit();
    summary refuse(const std::string& why);
    void stop_output();
    void give_up();
    asio::awaitable<void> wait_for_output();
    void post(const nlohmann::json& header);

    connection& client_;
    std::uint32_t id_;
    process leader_;
    bool at_terminal_;
    descriptor gate_;
    std::string called_off_; // why
    pipe outcome_;
    pipe stdin_;
    pipe stdout_;
    pipe stderr_;
    line_recorder recorder_;
    std::function<void(const summary&)> ended_;
    framing::net::condition changed_;
    tasks::sleeper time_limit_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::string input_;         // what came after what is being written, or is no line yet
    std::size_t unwritten_ = 0; // of both
    std::size_t written_ = 0;
    std::size_t left_in_pipe_ = 0; // when it was closed
    std::uint64_t bytes_out_ = 0;
    bool input_closed_ = false;
    int open_outputs_ = 0;
    bool last_call_ = false; // only what the pipes hold now is still forwarded
    bool exited_ = false;
};
