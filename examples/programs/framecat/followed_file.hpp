// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"
#include "system/file_changes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace framecat {

/// A file that somebody writes to, read as it grows. Whatever has its name is it.
class followed_file {
public:
    enum class news {
        bytes,     // that were read
        truncated, // and is read from its beginning
        replaced,  // by another file, which is read from its beginning
        removed,   // and its name is waited for
    };

    /// Throws: std::system_error; std::invalid_argument for what is no file.
    explicit followed_file(std::string path);

    /// Waits until there is something. Returns: what; `size` is that of the bytes.
    news read(std::span<std::byte> into, std::size_t& size);

private:
    void watch();

    std::string path_;
    file_changes changes_;
    descriptor file_;
    std::uint64_t offset_ = 0;
    bool gone_ = false;
};

} // namespace framecat
