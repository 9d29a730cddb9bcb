// SPDX-License-Identifier: MIT
#include "chat/command.hpp"

#include "chat/names.hpp"

#include <algorithm>
#include <cstddef>

namespace chat {
namespace {

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

} // namespace

std::optional<command> parse_command(std::string_view line) {
    if (!line.starts_with('/') || line.starts_with("//")) return std::nullopt;
    auto [name, argument] = split_word(line);
    return command{name_key(name), std::move(argument)};
}

std::pair<std::string, std::string> split_word(std::string_view text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    return {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end)))};
}

} // namespace chat
