// SPDX-License-Identifier: MIT
#pragma once

#include "file/questions.hpp"

#include <string>
#include <vector>

/// Entries of a folder in the order of their names: for a person to read, ...
[[nodiscard]] std::string to_table(std::vector<questions::entry> entries);

/// ... and for a program, a line of JSON each.
[[nodiscard]] std::string to_lines(std::vector<questions::entry> entries);
