// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <sys/types.h>

#include <string>

/// Opens what is a file and nothing else: a pipe or a device could be waited for, or read, without
/// an end. `mode` is that of a file to be made.
/// Throws: std::invalid_argument for what is none; std::system_error where it cannot be opened.
[[nodiscard]] descriptor open_regular_file(const std::string& path, int flags, mode_t mode = 0);
