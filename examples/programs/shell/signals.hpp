// SPDX-License-Identifier: MIT
#pragma once

#include <string>

/// The number of the signal called "INT", "TERM", ... or, where it has no name, "34"; 0 for none.
[[nodiscard]] int signal_number(const std::string& name);

/// The name of a signal, or its number where it has none.
[[nodiscard]] std::string signal_name(int number);
