// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <sys/types.h>

#include <string>

/// Opens what is a file and nothing else: a pipe or a device could be waited for, or read, without
/// an end. `flags` are those of open(2); `mode` is that of a file to be made.
/// Throws: std::invalid_argument for what is none; std::system_error where it cannot be opened.
[[nodiscard]] descriptor open_regular_file(const std::string& path, int flags, mode_t mode = 0);

/// One of the flags, with which a symbolic link is std::errc::too_many_symbolic_link_levels;
/// nothing where there are none that others could make.
extern const int refuse_links;
