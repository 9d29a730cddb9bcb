// SPDX-License-Identifier: MIT
#pragma once

#include "system/terminal.hpp"

#include <unistd.h>

#include <cstdlib>

/// Whether what is printed may be coloured: a terminal reads it, and NO_COLOR is not set.
inline bool in_colour() {
    const char* const no_colour = std::getenv("NO_COLOR");
    return terminal::is_at(STDOUT_FILENO) && (no_colour == nullptr || *no_colour == '\0');
}
