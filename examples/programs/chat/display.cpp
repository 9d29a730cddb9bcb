// SPDX-License-Identifier: MIT
#include "chat/display.hpp"

#include "chat/names.hpp"
#include "support/message.hpp"
#include "support/timestamp.hpp"
#include "support/visible.hpp"

#include <array>
#include <cstdint>

using nlohmann::json;

namespace chat {
namespace {

std::string text_or_nothing(const json& header, const char* key) {
    return visible(message::text_of(header, key).value_or(""));
}

/// FNV-1a: the same nickname has the same colour everywhere.
std::string coloured(const std::string& nick) {
    constexpr std::array<int, 12> colours{31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96};
    std::uint32_t hash = 2166136261;
    for (const char c : name_key(nick)) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
    return "\033[" + std::to_string(colours.at(hash % colours.size())) + 'm' + nick + "\033[0m";
}

std::string members(const json& header) {
    std::string names;
    const auto list = header.find("members");
    if (list == header.end() || !list->is_array()) return names;
    for (const json& name : *list)
        if (name.is_string())
            names += (names.empty() ? "" : ", ") + visible(name.get<std::string>());
    return names;
}

std::string count_of_lost(const json& header) {
    const std::uint64_t from = message::size_of(header, "from").value_or(0);
    const std::uint64_t to = message::size_of(header, "to").value_or(0);
    if (to < from) return "no messages";
    if (to == from) return "message " + std::to_string(from);
    return std::to_string(to - from + 1) + " messages (" + std::to_string(from) + " to " +
           std::to_string(to) + ')';
}

/// What somebody has said, or does: "/me waves", as many programs have it (XEP-0245).
std::string speech(const json& header, std::string_view text, const appearance& look) {
    constexpr std::string_view action = "/me ";
    const auto name = [&](const char* key) {
        const std::string nick = text_or_nothing(header, key);
        return look.in_colour ? coloured(nick) : nick;
    };
    const bool is_action = text.starts_with(action);
    std::string who = name("from");
    if (header.contains("to"))
        who = '[' + who + " -> " + name("to") + ']';
    else if (!is_action)
        who = '<' + who + '>';
    if (is_action) who = header.contains("to") ? who + " * " + name("from") : "* " + who;
    const std::string what = visible(is_action ? text.substr(action.size()) : text);
    return look.in_colour && look.stands_out ? "\033[7m" + who + " \033[0;1m" + what + "\033[0m"
                                             : who + ' ' + what;
}

} // namespace

line display(const json& header, std::string_view text, const appearance& look) {
    using kind = line::kind;
    const auto value = [&](const char* key) { return text_or_nothing(header, key); };
    const std::string type = message::text_of(header, "type").value_or("");
    if (type == "said") {
        const auto time = local_time(message::text_of(header, "time").value_or(""));
        return {kind::talk, time.value_or("--:--") + ' ' + speech(header, text, look)};
    }
    if (type == "members")
        return {kind::talk, "in " + value("room") + ": " + members(header) +
                                (header.contains("more") ? ", ..." : "")};
    if (type == "welcome")
        return {kind::notice, "you are " + value("nick") + " in " + value("room") + ", with " +
                                  members(header) + (header.contains("more") ? ", ..." : "")};
    if (type == "joined") return {kind::notice, value("nick") + " has joined " + value("room")};
    if (type == "left")
        return {kind::notice,
                value("nick") + " has left " + value("room") + " (" + value("reason") + ')'};
    if (type == "renamed") return {kind::notice, value("from") + " is now " + value("nick")};
    if (type == "gap") return {kind::notice, count_of_lost(header) + " cannot be had any more"};
    if (type == "lost") return {kind::notice, count_of_lost(header) + " did not come"};
    if (type == "duplicate")
        return {kind::notice, count_of_lost(header) + " came once more and is not shown again"};
    if (type == "late") return {kind::notice, "late, " + count_of_lost(header) + ':'};
    return {kind::notice, value("message")}; // errors and notices; what is unknown has none
}

} // namespace chat
