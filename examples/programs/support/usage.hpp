// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <vector>

/// What a program can be told, as its declaration of options says it, and what is made of that: its
/// help, its manual page, what a shell completes, and what was meant by a word mistyped.
namespace usage {

struct option {
    std::vector<std::string> names; // as typed, the long one last; none: it has its place
    std::string value;              // stands for what is behind it; empty: nothing is
    std::string what;               // it does
    std::string section;            // of the help
    std::string initially;          // the value where none is given, where that can be shown
    std::string range;              // of the value, where it has one
    bool required = false;
    bool repeatable = false;

    [[nodiscard]] bool has_place() const { return names.empty(); }
};

struct example {
    std::string line;
    std::string what;
};

struct exit_code {
    int code;
    std::string when;
};

/// A program, or one of several things that it does.
struct command {
    std::string name;
    std::string description;
    std::list<option> options; // and what has its place, in this order
    std::list<command> commands;
    std::vector<example> examples;
    std::vector<std::string> notes;
    std::vector<exit_code> codes;
};

/// `chosen`: the command whose help it is, or nullptr.
[[nodiscard]] std::string help(const command& program, const command* chosen);

/// In the macros of man(7).
[[nodiscard]] std::string manual(const command& program, const std::string& version);

// A value named FILE or DIR completes as these do, and one|of|these as one of these.
[[nodiscard]] std::string bash_completion(const command& program);
[[nodiscard]] std::string zsh_completion(const command& program);

/// What somebody meant who typed `word`; empty where nothing is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& names);

// What the makers of these texts share.

/// As in "-n, --nick NAME".
[[nodiscard]] std::string heading(const option& option);
/// Behind what it does, as in " (required)"; or nothing.
[[nodiscard]] std::string remarks(const option& option);
/// As in "[OPTION]... ADDRESS".
[[nodiscard]] std::string synopsis(const command& program, const command* chosen);
/// With a capital at its begin and a full stop at its end.
[[nodiscard]] std::string sentence(std::string text);
/// The sections that the options are in, the one without a name first.
[[nodiscard]] std::vector<std::string> sections(const command& command);
/// What the value can be, where it is one|of|these.
[[nodiscard]] std::vector<std::string> choices(const option& option);

} // namespace usage
