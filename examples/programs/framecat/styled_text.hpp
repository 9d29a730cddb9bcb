// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framecat {

enum class style { plain, faint, strong, key, string, there, back, bad };

/// One line for a terminal, in pieces that look different.
class styled_text {
public:
    /// `text`: nothing in it acts on a terminal.
    styled_text& add(style how, std::string_view text);
    styled_text& add(const styled_text& more);

    /// The columns it takes.
    [[nodiscard]] std::size_t width() const { return width_; }

    /// As it is written, without a line break; cut, and marked so, where it is wider than `most`
    /// columns, unless that is 0.
    [[nodiscard]] std::string line(std::size_t most, bool in_colour) const;

private:
    std::vector<std::pair<style, std::string>> pieces_;
    std::size_t width_ = 0;
};

} // namespace framecat
