// SPDX-License-Identifier: MIT
#include "system/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace terminal {

bool is_at(int number) {
    return ::isatty(number) == 1;
}

std::size_t columns_of(int number) {
    winsize size{};
    return ::ioctl(number, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

} // namespace terminal
