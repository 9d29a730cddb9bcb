// SPDX-License-Identifier: MIT
#pragma once

#include <string>

/// Which file has a name.
enum class named { this_one, another, none };

/// Who has it: a file that is open, or another.
/// Throws: std::system_error.
[[nodiscard]] named who_has(const std::string& name, int file);
