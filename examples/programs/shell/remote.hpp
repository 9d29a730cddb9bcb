// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "shell/terminal.hpp"
#include "support/connection.hpp"
#include "support/contact.hpp"
#include "support/standard_input.hpp"
#include "support/standard_output.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// A shell server, and the commands run there one after the other.
class remote {
public:
    struct job {
        std::string command;
        std::string directory;                          // empty: the server's own
        std::map<std::string, std::string> environment; // on top of the server's own
        bool with_input = false;                        // our standard input is the command's
        bool at_terminal = false;                       // and so is our terminal
        std::chrono::milliseconds time_limit{0};        // zero: none
        // What is shown of standard output; all of it when empty.
        std::function<std::string(std::string_view)> filter;
    };

    /// Connects and shows the token.
    /// Throws: as contact::reach.
    explicit remote(const contact::options& options);
    /// Says goodbye.
    ~remote();
    remote(const remote&) = delete;
    remote& operator=(const remote&) = delete;

    /// Runs one command to its end. An interrupt from the keyboard is passed on; two within a
    /// second give up.
    ///
    /// Returns: its exit status, or 128 + N where signal N ended it.
    /// Throws: contact::disconnected, contact::refused.
    int run(const job& wanted);

    /// The end of our standard input that went to the last command, but was not read there.
    [[nodiscard]] const std::string& unread_input() const { return unread_; }

private:
    static constexpr std::size_t recent_size = 1024 * 1024;

    asio::awaitable<void> connect(const contact::options& options);
    asio::awaitable<void> execute(const job& wanted);
    asio::awaitable<void> listen(const job& wanted);
    asio::awaitable<void> forward_input(std::uint32_t id);
    asio::awaitable<void> forward_interrupts(std::uint32_t id);
    void give_up();
    void give_terminal_back(int signal);
    void post_size();
    std::optional<std::size_t> read_input(std::span<char> into);
    asio::awaitable<bool> take(const connection::frame& received, const job& wanted);
    void post(const nlohmann::json& header, std::string_view body = {});
    void run_to_end(asio::awaitable<void> task);
    void start(asio::awaitable<void> task);

    asio::io_context io_{1};
    std::optional<connection> server_;
    standard_input input_;
    standard_output output_;
    standard_output errors_;
    asio::signal_set interrupts_;
    asio::signal_set resizes_;
    asio::signal_set stops_;          // and what ends or continues us
    std::optional<raw_terminal> raw_; // while a command has our terminal
    std::uint32_t id_ = 0;
    int status_ = 0;
    bool running_ = false;
    std::optional<std::size_t> window_; // bytes of input on the way at most, if the server counts
    std::size_t sent_ = 0;              // bytes of input to this command
    std::size_t taken_ = 0;             // of those, what the server has passed on
    std::string recent_input_;          // at least the last recent_size bytes sent
    std::string unread_;
    std::exception_ptr input_failure_;
    framing::net::condition window_moved_;
};
