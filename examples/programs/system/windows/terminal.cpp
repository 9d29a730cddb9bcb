// SPDX-License-Identifier: MIT
#include "system/terminal.hpp"

#include "system/windows/handle.hpp"

namespace terminal {

bool is_at(int number) {
    DWORD mode = 0;
    return ::GetConsoleMode(handle_of(number), &mode) != 0;
}

std::size_t columns_of(int number) {
    CONSOLE_SCREEN_BUFFER_INFO about{};
    if (::GetConsoleScreenBufferInfo(handle_of(number), &about) == 0) return 0;
    return static_cast<std::size_t>(about.srWindow.Right - about.srWindow.Left + 1);
}

} // namespace terminal
