// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>

/// Standard input that does not say what has come: a console, whose lines are read in UTF-8, and
/// what is no pipe of the system's own.
class awaited_input {
public:
    /// Lives until the end, as the thread does that reads ahead.
    static awaited_input& of_process();

    /// Whether a descriptor has to be read by this.
    [[nodiscard]] static bool is_at(int number);

    /// Whether something can be read without a wait, if only the end. From the first call on a
    /// thread reads ahead.
    [[nodiscard]] bool has_any();

    /// Waits for something, and takes as much of it as fits. Returns: how much; 0 at the end, which
    /// at a console is Ctrl-Z at the beginning of a line; -1 for an error, which is in errno.
    [[nodiscard]] ssize_t read(std::span<std::byte> into);

private:
    awaited_input();

    void read_ahead();
    void take();
    void take_line();
    void take_bytes();

    const bool is_console_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool reads_ahead_ = false;
    bool is_over_ = false;
    int error_ = 0;          // that has ended it
    std::string text_;       // not taken yet
    std::wstring half_pair_; // of a character that a piece has ended in
};
