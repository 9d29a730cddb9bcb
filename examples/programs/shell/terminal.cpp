// SPDX-License-Identifier: MIT
#include "shell/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

raw_terminal::raw_terminal() {
    termios settings{};
    if (::tcgetattr(STDIN_FILENO, &settings) != 0) return;
    before_ = settings;
    ::cfmakeraw(&settings);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

raw_terminal::~raw_terminal() {
    if (before_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
}

std::optional<window> terminal_size() {
    winsize size{};
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::ioctl(stream, TIOCGWINSZ, &size) == 0) return window{size.ws_row, size.ws_col};
    return std::nullopt;
}
