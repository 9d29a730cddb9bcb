// SPDX-License-Identifier: MIT
#include "shell/directory_filter.hpp"

#include <algorithm>
#include <random>
#include <utility>

directory_filter::directory_filter() {
    std::random_device random;
    mark_ = "framing-directory-";
    for (int i = 0; i < 4; ++i) mark_ += std::to_string(random());
    mark_ += ':';
}

std::string directory_filter::wrap(const std::string& line) const {
    return "trap 'printf \"" + mark_ + "%s\\000\" \"$PWD\"' EXIT; " + line;
}

std::string directory_filter::pass(std::string_view output) {
    held_ += output;
    std::string shown;
    while (true) {
        const std::size_t mark = held_.find(mark_);
        if (mark == held_.npos) break;
        const std::size_t end = held_.find('\0', mark);
        shown += held_.substr(0, mark);
        held_.erase(0, mark);
        if (end == held_.npos) return shown;
        directory_ = held_.substr(mark_.size(), end - mark - mark_.size());
        held_.erase(0, end - mark + 1);
    }
    const std::size_t ready = held_.size() - maybe_mark();
    shown += held_.substr(0, ready);
    held_.erase(0, ready);
    return shown;
}

std::string directory_filter::finish() {
    return std::exchange(held_, {});
}

std::size_t directory_filter::maybe_mark() const {
    for (std::size_t size = std::min(held_.size(), mark_.size()); size > 0; --size)
        if (std::string_view(held_).ends_with(std::string_view(mark_).substr(0, size))) return size;
    return 0;
}
