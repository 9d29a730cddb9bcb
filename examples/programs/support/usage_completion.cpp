// SPDX-License-Identifier: MIT
#include "support/usage.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace usage {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

/// A word of a shell, whatever is in it.
std::string in_quotes(std::string_view text) {
    std::string result = "'";
    for (const char c : text)
        if (c == '\'')
            result += "'\\''";
        else
            result += c;
    return result + '\'';
}

/// The names of all options, or of all that has its place, as values of a list.
std::string option_names(const command& command) {
    std::string text;
    for (const option& each : command.options)
        if (!each.has_place()) text += joined(each.names, " ") + ' ';
    return text;
}

std::string command_names(const command& program, std::string_view between) {
    std::vector<std::string> names;
    for (const command& each : program.commands) names.push_back(each.name);
    return joined(names, between);
}

/// What bash does for a value: fills COMPREPLY.
std::string bash_action(const option& option) {
    if (option.value == "FILE") return "_framing_files -f";
    if (option.value == "DIR") return "_framing_files -d";
    const auto names = choices(option);
    return names.empty() ? ":" : "_framing_words " + in_quotes(joined(names, " "));
}

void append_bash_values(std::string& text, const command& command, const std::string& of) {
    for (const option& each : command.options) {
        if (each.has_place() || each.value.empty()) continue;
        std::vector<std::string> patterns;
        for (const std::string& name : each.names) patterns.push_back(of + in_quotes(' ' + name));
        text += "    " + joined(patterns, " | ") + ") " + bash_action(each) + " ;;\n";
    }
}

/// What is no option and no option's value.
void append_bash_words(std::string& text, const command& command, const std::string& pattern,
                       const std::string& inherited) {
    text += "    " + pattern + "-*) _framing_words " +
            in_quotes(option_names(command) + inherited) + " ;;\n";
    std::string actions;
    if (!command.commands.empty())
        actions = " _framing_words " + in_quotes(command_names(command, " ")) + ';';
    for (const option& each : command.options)
        if (each.has_place() && bash_action(each) != ":") actions += ' ' + bash_action(each) + ';';
    if (!actions.empty()) text += "    " + pattern + "*)" + actions + ";\n";
}

/// A text within the brackets or between the colons of what zsh's _arguments takes.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_action(const option& option) {
    const std::string value = ':' + escaped(option.value) + ':';
    if (option.value == "FILE") return value + "_files";
    if (option.value == "DIR") return value + "_files -/";
    const auto names = choices(option);
    return value + (names.empty() ? " " : '(' + joined(names, " ") + ')');
}

/// `lead`: what each is behind.
void append_zsh_options(std::string& text, const command& command, const std::string& lead) {
    for (const option& each : command.options) {
        for (const std::string& name : each.names) {
            const std::string others = each.repeatable ? "*" : '(' + joined(each.names, " ") + ')';
            const bool is_long = name.starts_with("--");
            const std::string behind = each.value.empty() ? "" : is_long ? "=" : "+";
            text += lead + in_quotes(others + name + behind + '[' + escaped(each.what) + ']' +
                                     (each.value.empty() ? "" : zsh_action(each)));
        }
    }
}

void append_zsh_places(std::string& text, const command& command, const std::string& lead) {
    for (const option& each : command.options)
        if (each.has_place())
            text += lead + in_quotes((each.repeatable ? "*"
                                      : each.required ? ""
                                                      : ":") +
                                     zsh_action(each));
}

void append_zsh_commands(std::string& text, const command& program) {
    std::string names;
    for (const command& each : program.commands)
        names +=
            (names.empty() ? "" : " ") + each.name + "\\:" + in_quotes(escaped(each.description));
    const std::string next = " \\\n            ";
    text += " \\\n        " + in_quotes(":COMMAND:((" + names + "))") +
            " \\\n        '*:: :->command' && return\n"
            "    [[ $state == command ]] || return 1\n";
    const auto places = std::ranges::count_if(program.options, &option::has_place);
    for (auto place = places; place != 0; --place)
        text += "    words=(\"${(@)words[2,-1]}\")\n    (( CURRENT-- ))\n";
    text += "    case $words[1] in\n";
    for (const command& each : program.commands) {
        text += "    " + each.name + ")\n        _arguments -s -S \"${options[@]}\"";
        append_zsh_options(text, each, next);
        append_zsh_places(text, each, next);
        text += "\n        ;;\n";
    }
    text += "    esac\n";
}

} // namespace

std::string bash_completion(const command& program) {
    const std::string function = "_framing_" + program.name;
    std::string text = "# What bash completes for " + program.name + ".\n" + R"(
_framing_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
_framing_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}
)" + function + R"(() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= i
    COMPREPLY=()
    # bash takes --option=value apart.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
)";
    if (!program.commands.empty())
        text += "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
                "        case ${COMP_WORDS[i]} in " +
                command_names(program, " | ") +
                ") command=${COMP_WORDS[i]} && break ;; esac\n"
                "    done\n";
    text += "    case \"$command $before\" in\n";
    for (const command& each : program.commands) append_bash_values(text, each, each.name);
    append_bash_values(text, program, "*");
    text += "    *) case \"$command $word\" in\n";
    for (const command& each : program.commands)
        append_bash_words(text, each, each.name + "\\ ", option_names(program));
    append_bash_words(text, program, "\\ ", "");
    return text + "    esac ;;\n    esac\n}\ncomplete -F " + function + ' ' + program.name + '\n';
}

std::string zsh_completion(const command& program) {
    const std::string function = "_framing_" + program.name;
    std::string text = "#compdef " + program.name + "\n" + function + R"-(() {
    local context state state_descr line
    local -A opt_args
    local -a options=()-";
    append_zsh_options(text, program, "\n        ");
    text += "\n    )\n    _arguments -C -s -S \"${options[@]}\"";
    append_zsh_places(text, program, " \\\n        ");
    if (program.commands.empty())
        text += '\n';
    else
        append_zsh_commands(text, program);
    return text + "}\n" + function + " \"$@\"\n";
}

} // namespace usage
