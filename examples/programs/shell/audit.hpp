// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"
#include "support/disk.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// A file with a line of JSON for each command, which is on the disk before the command runs.
/// A thread of its own waits for the disk, so that only who wants a command waits, too.
class audit {
public:
    /// Opens a regular file to append to, or makes one for its owner alone.
    /// Throws: std::invalid_argument where there is none to be had.
    audit(const asio::any_io_executor& executor, const std::string& path);

    /// Adds the time to an entry, and writes it, or nothing of it. Returns: why it could not; empty
    /// where it is on the disk.
    asio::awaitable<std::string> record(nlohmann::json entry);

private:
    void write(std::string_view line);

    std::string path_;
    descriptor file_;
    disk disk_;
};
