// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

/// Lines that a person types, with editing and history where readline is there, or that a pipe
/// holds.
class line_reader {
public:
    line_reader();

    /// Whether a person types.
    [[nodiscard]] bool interactive() const { return interactive_; }

    /// The next line, or nullopt at the end. Ctrl-C gives up the line at hand and starts anew.
    std::optional<std::string> next(const std::string& prompt);

private:
    bool interactive_;
};
