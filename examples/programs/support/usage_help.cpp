// SPDX-License-Identifier: MIT
#include "support/usage.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace usage {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 30; // where what an option does begins

/// Appends words, in lines that all begin at `indent`; the first one goes on where the text is.
void append_wrapped(std::string& text, std::string_view words, std::size_t indent) {
    std::size_t used = text.size() - (text.rfind('\n') + 1);
    bool first = true;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (!first && used + 1 + end > width) {
            text += '\n' + std::string(indent, ' ');
            used = indent;
        } else if (!first) {
            text += ' ';
            ++used;
        }
        text += words.substr(0, end);
        used += end;
        first = false;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    text += '\n';
}

/// What is to be typed, and beside or below it what that does.
void append_row(std::string& text, const std::string& left, const std::string& right) {
    text += left;
    if (left.size() + 2 > column)
        text += '\n' + std::string(column, ' ');
    else
        text += std::string(column - left.size(), ' ');
    append_wrapped(text, right, column);
}

void append_option(std::string& text, const option& option) {
    const bool only_long = !option.has_place() && option.names.front().starts_with("--");
    append_row(text, (only_long ? "      " : "  ") + heading(option),
               option.what + remarks(option));
}

void append_options(std::string& text, const command& command, const std::string& suffix) {
    for (const std::string& section : sections(command)) {
        text += '\n' + (section.empty() ? "Options" : section) + suffix + ":\n";
        for (const option& each : command.options)
            if (!each.has_place() && each.section == section) append_option(text, each);
    }
}

void append_places(std::string& text, const command& command) {
    for (const option& each : command.options)
        if (each.has_place()) append_option(text, each);
}

bool has_places(const command& command) {
    return std::ranges::any_of(command.options, &option::has_place);
}

} // namespace

std::string help(const command& program, const command* chosen) {
    const command& shown = chosen == nullptr ? program : *chosen;
    std::string text = "Usage: ";
    append_wrapped(text, program.name + ' ' + synopsis(program, chosen), 7);
    append_wrapped(text, sentence(shown.description), 0);
    if (has_places(program) || has_places(shown)) text += '\n';
    append_places(text, program);
    if (chosen != nullptr) append_places(text, *chosen);
    if (!shown.commands.empty()) text += "\nCommands:\n";
    for (const command& each : shown.commands) append_row(text, "  " + each.name, each.description);
    append_options(text, shown, "");
    if (chosen != nullptr) append_options(text, program, " of all commands");
    const auto& examples = shown.examples.empty() ? program.examples : shown.examples;
    if (!examples.empty()) text += "\nExamples:\n";
    for (const example& each : examples) text += "  " + each.line + "\n      " + each.what + '\n';
    for (const std::string& note : shown.notes) {
        text += '\n';
        append_wrapped(text, note, 0);
    }
    return text;
}

} // namespace usage
