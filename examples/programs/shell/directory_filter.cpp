// SPDX-License-Identifier: MIT
#include "shell/directory_filter.hpp"

#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>

#include "support/message.hpp"
#include "support/secret.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

directory_filter::directory_filter()
    : mark_("framing-directory-" + secret::random_text(16) + ':') {}

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
        arrive(held_.substr(mark_.size(), end - mark - mark_.size()));
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

void directory_filter::arrive(std::string directory) {
    framing::fault fault;
    const std::string header = message::to_text({{"cwd", directory}});
    const auto checked = framing::header_view::parse(header, {}, fault);
    // A name that is no UTF-8 cannot be sent back: such a place does not last.
    if (!checked || checked->find("cwd") != directory || directory == directory_) return;
    previous_ = std::exchange(directory_, std::move(directory));
}

std::size_t directory_filter::maybe_mark() const {
    for (std::size_t size = std::min(held_.size(), mark_.size()); size > 0; --size)
        if (std::string_view(held_).ends_with(std::string_view(mark_).substr(0, size))) return size;
    return 0;
}
