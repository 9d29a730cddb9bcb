// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "shell/escape_keys.hpp"
#include "shell/terminal.hpp"
#include "shell/unanswered.hpp"
#include "support/connection.hpp"
#include "support/contact.hpp"
#include "support/standard_input.hpp"
#include "support/standard_output.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// A shell server, and a command, or a shell, that runs there with our standard streams.
class remote {
public:
    struct job {
        std::optional<std::string> command; // none: a shell
        std::string directory;              // empty: where the server begins
        bool at_terminal = false;
        std::chrono::milliseconds time_limit{0}; // zero: none
    };

    /// Connects and shows the token.
    /// Throws: as contact::reach.
    explicit remote(const contact::options& options);
    /// Says goodbye.
    ~remote();
    remote(const remote&) = delete;
    remote& operator=(const remote&) = delete;

    /// Runs it to its end, or until a person leaves: where the terminal is its own, by `~.` or by
    /// interrupts that nothing answers, else by the third of three in a row; others are passed on.
    ///
    /// Returns: its exit status, or 128 + N where signal N ended it.
    /// Throws: contact::disconnected, contact::refused.
    int run(const job& wanted);

private:
    asio::awaitable<void> connect(const contact::options& options);
    asio::awaitable<void> execute(const job& wanted);
    asio::awaitable<void> listen();
    asio::awaitable<void> forward_input();
    asio::awaitable<void> forward(std::string_view bytes);
    asio::awaitable<void> forward_keys(std::string_view typed);
    asio::awaitable<void> forward_interrupts();
    void fulfil(escape_keys::wish wish);
    void heed_interrupts(std::string_view keys);
    void leave();
    void leave(std::exception_ptr why);
    void give_terminal_back(int signal);
    void post_size();
    asio::awaitable<void> say(std::string text);
    std::optional<std::size_t> read_input(std::span<char> into);
    asio::awaitable<bool> take(const connection::frame& received);
    void post(const nlohmann::json& header, std::string_view body = {});
    void run_to_end(asio::awaitable<void> task);
    void start(asio::awaitable<void> task);

    asio::io_context io_{1};
    std::string address_;
    std::optional<connection> server_;
    standard_input input_;
    standard_output output_;
    standard_output errors_;
    asio::signal_set interrupts_;
    asio::signal_set resizes_;
    asio::signal_set stops_;          // and what ends or continues us
    std::optional<raw_terminal> raw_; // while what runs has our terminal
    escape_keys keys_;
    unanswered interrupts_typed_;
    int status_ = 0;
    bool running_ = false;
    bool shown_ = false;                // some of its output
    std::optional<std::size_t> window_; // bytes of input on the way at most, if the server counts
    std::size_t sent_ = 0;              // bytes of input
    std::size_t taken_ = 0;             // of those, what the server has passed on
    std::exception_ptr reason_;         // why we have left
    framing::net::condition window_moved_;
};
