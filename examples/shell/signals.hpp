// SPDX-License-Identifier: MIT
#pragma once

#include <string>

/// The number of the signal called "INT", "TERM", ...; 0 when there is none.
[[nodiscard]] int signal_number(const std::string& name);

/// The name of a signal: "INT".
[[nodiscard]] std::string signal_name(int number);
