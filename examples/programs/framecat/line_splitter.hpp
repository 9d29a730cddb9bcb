// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace framecat {

/// Text that comes in pieces, line by line. Does no I/O.
class line_splitter {
public:
    struct line {
        std::size_t number = 0; // from 1
        std::string text;       // without its end
    };

    void feed(std::string_view piece) { held_ += piece; }

    /// Returns: the next one that is whole and not blank.
    std::optional<line> next() {
        while (true) {
            const std::size_t end = held_.find('\n', searched_);
            if (end == held_.npos) break;
            if (auto found = take(begin_, end)) {
                begin_ = searched_ = end + 1;
                return found;
            }
            begin_ = searched_ = end + 1;
        }
        held_.erase(0, begin_);
        begin_ = 0;
        searched_ = held_.size();
        return std::nullopt;
    }

    /// Returns: the last one, where no line break ends it. Pre: there was no other.
    std::optional<line> last() { return take(0, held_.size()); }

private:
    std::optional<line> take(std::size_t begin, std::size_t end) {
        ++number_;
        const std::string_view text = std::string_view(held_).substr(begin, end - begin);
        if (text.find_first_not_of(" \t\r") == text.npos) return std::nullopt;
        return line{number_, std::string(text)};
    }

    std::string held_;
    std::size_t begin_ = 0;    // of what is not given yet
    std::size_t searched_ = 0; // up to where there is no end of a line
    std::size_t number_ = 0;
};

} // namespace framecat
