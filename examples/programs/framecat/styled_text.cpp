// SPDX-License-Identifier: MIT
#include "framecat/styled_text.hpp"

#include <utf8proc.h>

#include <algorithm>

namespace framecat {
namespace {

constexpr std::string_view cut_mark = "\u2026";

std::string_view sequence_of(style how) {
    switch (how) {
    case style::plain: break;
    case style::faint: return "\033[2m";
    case style::strong: return "\033[1m";
    case style::key: return "\033[34m";
    case style::string: return "\033[32m";
    case style::there: return "\033[36m";
    case style::back: return "\033[33m";
    case style::bad: return "\033[1;31m";
    }
    return {};
}

/// The columns of the first character, which is `size` bytes long.
std::size_t first_width(std::string_view text, std::size_t& size) {
    utf8proc_int32_t character = 0;
    const auto read = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &character);
    size = static_cast<std::size_t>(std::max<utf8proc_ssize_t>(read, 1));
    return read < 0 ? 1 : static_cast<std::size_t>(std::max(utf8proc_charwidth(character), 0));
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t size = 0; !text.empty(); text.remove_prefix(size))
        width += first_width(text, size);
    return width;
}

/// As much of it as `room` columns take, which then become less.
std::string_view that_fits(std::string_view text, std::size_t& room) {
    std::size_t end = 0;
    for (std::size_t size = 0; end < text.size(); end += size) {
        const std::size_t width = first_width(text.substr(end), size);
        if (width > room) break;
        room -= width;
    }
    return text.substr(0, end);
}

} // namespace

styled_text& styled_text::add(style how, std::string_view text) {
    if (text.empty()) return *this;
    pieces_.emplace_back(how, text);
    width_ += width_of(text);
    return *this;
}

styled_text& styled_text::add(const styled_text& more) {
    for (const auto& [how, text] : more.pieces_) add(how, text);
    return *this;
}

std::string styled_text::line(std::size_t most, bool in_colour) const {
    const bool cut = most != 0 && width_ > most;
    std::size_t room = cut ? most - 1 : width_;
    std::string result;
    for (const auto& [how, text] : pieces_) {
        const std::string_view shown = that_fits(text, room);
        const std::string_view sequence = in_colour ? sequence_of(how) : std::string_view();
        if (!shown.empty()) {
            result.append(sequence).append(shown);
            if (!sequence.empty()) result += "\033[0m";
        }
        if (shown.size() != text.size()) break;
    }
    return cut ? result.append(cut_mark) : result;
}

} // namespace framecat
