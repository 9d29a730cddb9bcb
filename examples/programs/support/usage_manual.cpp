// SPDX-License-Identifier: MIT
#include "support/usage.hpp"

#include <cctype>
#include <string>
#include <string_view>

namespace usage {
namespace {

/// Text in which nothing acts on the formatter. A dash is one that can be copied.
std::string plain(std::string_view text) {
    std::string result;
    if (text.starts_with('.') || text.starts_with('\'')) result = "\\&";
    for (const char c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else
            result += c;
    }
    return result;
}

std::string bold(std::string_view text) {
    return "\\fB" + plain(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + plain(text) + "\\fR";
}

std::string capitals(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c))); // of any locale
    return text;
}

void append_entry(std::string& text, const option& option) {
    text += ".TP\n";
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
    if (!option.value.empty()) names += (names.empty() ? "" : " ") + italic(option.value);
    text += names + '\n' + plain(option.what + remarks(option)) + '\n';
}

void append_operands(std::string& text, const command& command) {
    for (const option& each : command.options)
        if (each.has_place()) append_entry(text, each);
}

void append_sections(std::string& text, const command& command) {
    for (const std::string& section : sections(command)) {
        if (!section.empty()) text += ".SS \"" + plain(section) + "\"\n";
        for (const option& each : command.options)
            if (!each.has_place() && each.section == section) append_entry(text, each);
    }
}

void append_subcommand(std::string& text, const command& command) {
    text += ".SS \"" + plain(command.name) + "\"\n" + plain(sentence(command.description)) + '\n';
    append_operands(text, command);
    for (const option& each : command.options)
        if (!each.has_place()) append_entry(text, each);
}

} // namespace

std::string manual(const command& program, const std::string& version) {
    std::string description = program.description;
    if (description.ends_with('.')) description.pop_back();
    std::string text = ".TH " + capitals(program.name) + " 1 \"\" \"framing " + version +
                       "\" \"User Commands\"\n" + ".SH NAME\n" + plain(program.name) + " \\- " +
                       plain(description) + "\n.SH SYNOPSIS\n" + bold(program.name) + ' ' +
                       plain(synopsis(program, nullptr)) + "\n.SH DESCRIPTION\n" +
                       plain(program.description) + '\n';
    append_operands(text, program);
    for (const std::string& note : program.notes) text += ".PP\n" + plain(note) + '\n';
    if (!program.commands.empty()) text += ".SH COMMANDS\n";
    for (const command& each : program.commands) append_subcommand(text, each);
    text += ".SH OPTIONS\n";
    append_sections(text, program);
    text += ".SH EXIT STATUS\n";
    for (const exit_code& each : program.codes)
        text += ".TP\n" + bold(std::to_string(each.code)) + '\n' + plain(each.when) + '\n';
    text += ".SH EXAMPLES\n";
    for (const example& each : program.examples)
        text += ".TP\n" + bold(each.line) + '\n' + plain(each.what) + '\n';
    return text;
}

} // namespace usage
