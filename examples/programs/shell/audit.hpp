// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// A file with a line of JSON for each command, which is on the disk before the command runs.
/// A thread of its own waits for the disk, so that only who wants a command waits, too.
class audit {
public:
    /// Opens a regular file to append to, or makes one for its owner alone.
    /// Throws: std::invalid_argument where there is none to be had.
    explicit audit(const std::string& path);
    audit(const audit&) = delete;
    audit& operator=(const audit&) = delete;
    /// Ends the program where the disk still has not answered.
    ~audit();

    /// Adds the time to an entry, and writes it, or nothing of it. Returns: why it could not; empty
    /// where it is on the disk.
    asio::awaitable<std::string> record(nlohmann::json entry);

private:
    asio::awaitable<void> append(std::string line);
    void write(std::string_view line);

    std::string path_;
    descriptor file_;
    std::size_t under_way_ = 0; // lines
    std::optional<asio::thread_pool> disk_;
};
