// SPDX-License-Identifier: MIT
#pragma once

#include "shell/child.hpp"

#include <termios.h>

#include <optional>

/// Our own terminal, as long as a program elsewhere has it: every key is passed on as it is.
/// Without a terminal at standard input it does nothing.
class raw_terminal {
public:
    raw_terminal();
    raw_terminal(const raw_terminal&) = delete;
    raw_terminal& operator=(const raw_terminal&) = delete;
    ~raw_terminal();

    /// Whether there is a terminal.
    [[nodiscard]] bool taken() const { return before_.has_value(); }

private:
    std::optional<termios> before_;
};

/// The size of our terminal; nothing where there is none.
[[nodiscard]] std::optional<window> terminal_size();
