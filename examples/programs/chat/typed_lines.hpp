// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

/// The file of what a person has typed, for the next time: their own, and nobody else can read it.
/// Any number of programs may have it in use.
class typed_lines {
public:
    explicit typed_lines(std::string path) : path_(std::move(path)) {}

    /// Where it is, below XDG_STATE_HOME or ~/.local/state; empty where neither is known.
    [[nodiscard]] static std::string default_path();

    /// What is in it, the oldest first. Makes the file, and cuts one that has become long.
    /// Throws: std::system_error; std::invalid_argument for what is no file of ours.
    [[nodiscard]] std::vector<std::string> load() const;

    /// Throws: what `load` throws.
    void append(std::string_view line) const;

    /// Whether a line is kept: nothing that is for one member alone, nor what begins with a space.
    [[nodiscard]] static bool keeps(std::string_view line);

private:
    std::string path_;
};

} // namespace chat
