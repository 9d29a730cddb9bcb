// SPDX-License-Identifier: MIT
#include "shell/signals.hpp"

#include <csignal>
#include <cstring>

int signal_number(const std::string& name) {
    for (int number = 1; number < NSIG; ++number) {
        const char* const known = ::sigabbrev_np(number);
        if (name == (known != nullptr ? known : std::to_string(number))) return number;
    }
    return 0;
}

std::string signal_name(int number) {
    const char* const known = ::sigabbrev_np(number);
    return known != nullptr ? known : std::to_string(number);
}
