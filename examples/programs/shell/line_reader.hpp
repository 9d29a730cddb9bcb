// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Lines that a person types, with editing and history where readline is there, or that a pipe
/// holds.
class line_reader {
public:
    line_reader();

    /// Whether a person types.
    [[nodiscard]] bool interactive() const { return interactive_; }

    /// The next line, or nullopt at the end. Ctrl-C gives up the line at hand and starts anew.
    std::optional<std::string> next(const std::string& prompt);

    /// Lines that were typed before they were asked for; they come first.
    void put_back(std::string_view lines);

private:
    std::optional<std::string> line_typed_ahead(const std::string& prompt);

    std::string typed_ahead_;
    bool interactive_;
};
