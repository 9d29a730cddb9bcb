// SPDX-License-Identifier: MIT
#pragma once

#include "file/error.hpp"
#include "file/incoming.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

/// What has become of a file that was to get its name.
struct published {
    std::optional<file_error> fault;
    bool named = false;         // it has its name, whatever has gone wrong then
    std::uint64_t replaced = 0; // bytes of what had the name before
};

/// Gives their names to files that are finished. With `sync` their bytes are on the disk before,
/// and their names are when this returns, of many together for hardly more than of one.
/// `naming`: held while a file gets its name.
/// Returns: of each.
[[nodiscard]] std::vector<published> publish(std::span<incoming* const> files, bool sync,
                                             std::mutex& naming);
