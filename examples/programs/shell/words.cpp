// SPDX-License-Identifier: MIT
#include "shell/words.hpp"

#include <cstddef>

std::optional<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const char next = i + 1 < line.size() ? line[i + 1] : '\0';
        // Inside double quotes a backslash is one, but before these.
        const bool escapes =
            c == '\\' && quote != '\'' &&
            (quote == 0 || std::string_view("\"\\$`\n").find(next) != std::string_view::npos);
        if (escapes && next == '\n') { // a line that goes on
            ++i;
            continue;
        }
        const bool space = c == ' ' || c == '\t' || c == '\n';
        if (quote == 0 && space) {
            in_word = false;
            continue;
        }
        if (!in_word) words.emplace_back();
        in_word = true;
        if (escapes) {
            if (i + 1 == line.size()) return std::nullopt;
            words.back() += next;
            ++i;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else {
            words.back() += c;
        }
    }
    if (quote != 0) return std::nullopt;
    return words;
}
