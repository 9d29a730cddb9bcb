// SPDX-License-Identifier: MIT
#pragma once

#include "chat/hall.hpp"
#include "support/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

/// A file of messages, each a frame as members get it.
class message_log {
public:
    /// Opens or makes the file. `sync`: a message counts as kept only when it is on the disk.
    /// Throws: std::system_error; std::invalid_argument for what is no file; std::runtime_error
    /// where another process has it open.
    message_log(const std::string& path, bool sync);

    /// Takes what the file has back into the rooms. What follows the last whole frame, as a crash
    /// may leave it, is cut off, with a warning in the log.
    /// Throws: std::runtime_error for a file that is no log; std::system_error.
    void restore(hall& rooms);

    /// Appends one message, or nothing: false if that failed, which the log says.
    [[nodiscard]] bool append(std::string_view frame);

private:
    void notice_a_cut();
    [[nodiscard]] bool cut();

    std::string path_;
    descriptor file_;
    std::uint64_t size_ = 0;
    bool sync_;
    bool failed_ = false; // the last time
};

} // namespace chat
