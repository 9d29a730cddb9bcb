// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>

/// What is typed at the console of this process, in UTF-8, line by line.
class console_input {
public:
    /// Lives until the end, as the thread does that reads ahead.
    static console_input& of_process();

    /// Whether something can be read without a wait, if only the end. From the first call on a
    /// thread reads ahead.
    [[nodiscard]] bool has_any();

    /// Waits for a line, and takes as much of it as fits. Returns: how much; 0 at the end, which is
    /// Ctrl-Z at the beginning of a line.
    [[nodiscard]] std::size_t read(std::span<std::byte> into);

private:
    console_input() = default;

    void read_ahead();
    void take_line();

    std::mutex mutex_;
    std::condition_variable changed_;
    bool reads_ahead_ = false;
    bool is_over_ = false;
    std::string text_;       // not taken yet
    std::wstring half_pair_; // of a character that a piece has ended in
};
