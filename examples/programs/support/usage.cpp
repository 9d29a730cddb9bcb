// SPDX-License-Identifier: MIT
#include "support/usage.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usage {
namespace {

/// How many letters are typed wrong, left out, added, or exchanged with the next one.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(other.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= one.size(); ++i) {
        std::vector<std::size_t> row(other.size() + 1, i);
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const bool same = one[i - 1] == other[j - 1];
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = std::exchange(last, std::move(row));
    }
    return last.back();
}

std::string_view without_dashes(std::string_view word) {
    return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

std::string place_of(const option& option) {
    const std::string name = option.value + (option.repeatable ? "..." : "");
    return option.required ? name : '[' + name + ']';
}

void append_parts(std::string& text, const command& command) {
    if (std::ranges::any_of(command.options, [](const auto& each) { return !each.has_place(); }))
        text += " [OPTION]...";
    for (const option& each : command.options)
        if (each.has_place()) text += ' ' + place_of(each);
}

} // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    const std::string_view typed = without_dashes(word);
    std::string best;
    std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::string_view known = without_dashes(name);
        const std::size_t wrong = distance(typed, known);
        if (wrong >= least || wrong >= known.size()) continue;
        least = wrong;
        best = name;
    }
    return best;
}

std::string heading(const option& option) {
    std::string text;
    for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + name;
    if (!option.value.empty()) text += (text.empty() ? "" : " ") + option.value;
    return text;
}

std::string remarks(const option& option) {
    std::string text;
    const auto add = [&](const std::string& remark) {
        if (!remark.empty()) text += (text.empty() ? " (" : "; ") + remark;
    };
    if (option.required && !option.has_place()) add("required");
    if (option.repeatable && !option.has_place()) add("repeatable");
    add(option.range);
    if (!option.initially.empty()) add("default " + option.initially);
    return text.empty() ? text : text + ')';
}

std::string synopsis(const command& program, const command* chosen) {
    std::string text;
    append_parts(text, program);
    if (chosen != nullptr) {
        text += ' ' + chosen->name;
        append_parts(text, *chosen);
    } else if (!program.commands.empty()) {
        text += " COMMAND ...";
    }
    return text.substr(std::min<std::size_t>(text.size(), 1));
}

std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text.ends_with('.') ? text : text + '.';
}

std::vector<std::string> sections(const command& command) {
    std::vector<std::string> names;
    for (const option& each : command.options)
        if (!each.has_place() && std::ranges::find(names, each.section) == names.end())
            names.push_back(each.section);
    std::ranges::sort(names, {}, [](const std::string& name) { return !name.empty(); });
    return names;
}

std::vector<std::string> choices(const option& option) {
    std::vector<std::string> names;
    if (option.value.find('|') == std::string::npos) return names;
    std::string_view rest = option.value;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = rest.find('|');
        names.emplace_back(rest.substr(0, end));
        if (end != std::string_view::npos) rest.remove_prefix(end + 1);
    }
    return names;
}

} // namespace usage
