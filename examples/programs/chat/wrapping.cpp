// SPDX-License-Identifier: MIT
#include "chat/wrapping.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace chat {
namespace {

/// What is not to be torn: a character with all that goes on top of it, or an escape sequence.
struct unit {
    std::string_view text;
    std::size_t width = 0;
    utf8proc_int32_t first = 0; // character
};

bool is_wide(const unit& one) {
    return one.width >= 2;
}

bool opens(const unit& one) {
    const utf8proc_category_t category = utf8proc_category(one.first);
    return category == UTF8PROC_CATEGORY_PS || category == UTF8PROC_CATEGORY_PI;
}

/// Whether it is punctuation that begins no row.
bool closes(const unit& one) {
    const utf8proc_category_t category = utf8proc_category(one.first);
    return category == UTF8PROC_CATEGORY_PE || category == UTF8PROC_CATEGORY_PF ||
           category == UTF8PROC_CATEGORY_PO;
}

bool may_part(const unit& before, const unit& after) {
    return (is_wide(before) || is_wide(after)) && !opens(before) && !closes(after);
}

std::size_t width_in_cells(utf8proc_int32_t character, std::size_t so_far) {
    constexpr utf8proc_int32_t drawn_as_emoji = 0xfe0f;
    if (character == drawn_as_emoji && so_far == 1) return 1;
    return static_cast<std::size_t>(std::max(utf8proc_charwidth(character), 0));
}

std::vector<unit> units_of(std::string_view text) {
    std::vector<unit> result;
    utf8proc_int32_t before = 0;
    utf8proc_int32_t state = 0;
    while (!text.empty()) {
        if (text[0] == '\033') {
            const std::size_t size = std::min(text.find('m'), text.size() - 1) + 1;
            result.push_back({text.substr(0, size)});
            text.remove_prefix(size);
            continue;
        }
        utf8proc_int32_t character = 0;
        const utf8proc_ssize_t known =
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                             static_cast<utf8proc_ssize_t>(text.size()), &character);
        const std::size_t size = known <= 0 ? 1 : static_cast<std::size_t>(known);
        const bool begins = before == 0 || result.back().width == 0 ||
                            utf8proc_grapheme_break_stateful(before, character, &state);
        if (begins) result.push_back({text.substr(0, 0), 0, character});
        unit& last = result.back();
        last.text = {last.text.data(), last.text.size() + size};
        last.width += width_in_cells(character, last.width);
        before = character;
        text.remove_prefix(size);
    }
    return result;
}

/// Rows that are filled word by word.
class rows {
public:
    rows(std::size_t columns, std::size_t indent)
        : columns_(columns), indent_(columns < 4 * indent ? 0 : indent) {}

    void add(const unit& next) {
        if (next.text == " ") {
            end_word();
            ++spaces_;
            return;
        }
        if (next.width != 0) {
            if (last_.width != 0 && may_part(last_, next)) end_word();
            last_ = next;
        }
        word_ += next.text;
        word_width_ += next.width;
    }

    std::string text() {
        end_word();
        return std::move(text_);
    }

private:
    void end_word() {
        if (word_.empty()) return;
        const bool fits = column_ + spaces_ + word_width_ <= columns_;
        if (!fits && word_width_ <= columns_ - indent_) {
            text_ += '\n' + std::string(indent_, ' ');
            column_ = indent_;
            spaces_ = 0;
        }
        text_ += std::string(spaces_, ' ') + std::exchange(word_, {});
        column_ += std::exchange(spaces_, 0) + std::exchange(word_width_, 0);
        if (column_ > columns_) column_ = (column_ - 1) % columns_ + 1; // the terminal breaks it
        last_ = {};
    }

    std::size_t columns_;
    std::size_t indent_;
    std::string text_;
    std::size_t column_ = 0;
    std::size_t spaces_ = 0; // between what is in a row and the next word
    std::string word_;
    std::size_t word_width_ = 0;
    unit last_; // of the word
};

} // namespace

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (const unit& each : units_of(text)) width += each.width;
    return width;
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
    if (columns == 0) return std::string(text);
    rows result(columns, indent);
    for (const unit& each : units_of(text)) result.add(each);
    return result.text();
}

std::string cut_to(std::string_view text, std::size_t columns) {
    constexpr std::string_view rest = "...";
    if (width_of(text) <= columns) return std::string(text);
    const std::size_t room = columns - std::min(columns, rest.size());
    std::string result;
    std::size_t width = 0;
    for (const unit& each : units_of(text)) {
        if ((width += each.width) > room) break;
        result += each.text;
    }
    return result.append(rest.substr(0, columns));
}

} // namespace chat
