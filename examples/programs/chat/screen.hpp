// SPDX-License-Identifier: MIT
#pragma once

#include "support/standard_input.hpp"
#include "support/tasks.hpp"
#include "system/endings.hpp"

#include <asio.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace chat {

/// Where a person types lines and reads those of others, at the same time: what is half typed
/// stays whole. Or a pipe on either side.
///
/// At most one object at a time.
class screen {
public:
    /// `quit`: what is done at SIGINT and SIGTERM, which also end a wait for who does not read.
    screen(asio::io_context& io, std::function<void(int signal)> quit);
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;
    ~screen();

    /// Whether a person types.
    [[nodiscard]] bool interactive() const { return interactive_; }

    /// Gives each line typed to `on_line`, then, at the end, nothing. Where `has_room` says that
    /// there is none for another, it is asked again after `resume`.
    asio::awaitable<void> read_lines(std::function<void(std::optional<std::string>)> on_line,
                                     std::function<bool()> has_room);
    void resume() { resumed_.wake(); }

    /// Writes a line to standard output, and one to standard error; broken between words where that
    /// is a terminal.
    void show(const std::string& line);
    void notify(const std::string& line);
    /// Writes a line to standard output as it is.
    void print(const std::string& line);

    /// What stands dim above what is typed, in one row, and how many more there are like it.
    void set_status(const std::string& text, std::size_t more = 0);

    void ring();

    /// A line that can be had again by the keys for that.
    void remember(const std::string& line);

    /// What a half typed word may become, whenever that is asked; both live as long as this does.
    void complete_with(const std::set<std::string>& names, std::span<const char* const> commands);

private:
    void write(int to, const std::string& line, const char* what);
    void hide();
    void show_again();

    standard_input input_;
    tasks::sleeper resumed_;
    endings endings_;
    asio::signal_set resized_;
    asio::signal_set stops_; // and what ends or continues us
    bool interactive_;
    bool silent_ = false; // as we are to end, and nobody takes what we write
    std::string status_;
    std::size_t more_ = 0;
    bool shows_status_ = false;
};

} // namespace chat
