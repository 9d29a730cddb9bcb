// SPDX-License-Identifier: MIT
#pragma once

#include "file/digest.hpp"

#include <cstddef>
#include <optional>

/// How often a file is tried that changes while it is moved, or that another moves, too.
inline constexpr int most_tries = 4;

/// How a client moves files, in either direction.
struct transfer_options {
    bool recursive = false;
    bool force = false;        // also what is there already
    bool checksum = false;     // which is known by its sum, not by its time
    bool follow_links = false; // that lead to where they are allowed to
    bool sync = true;          // what is reported as got is on the disk
    sum_kind sum = sum_kind::sha256;
    std::optional<std::size_t> rate; // bytes a second
};
