// SPDX-License-Identifier: MIT
#include "file/listing.hpp"

#include "support/format.hpp"
#include "support/message.hpp"
#include "support/visible.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>

namespace {

/// As `ls -l` has it.
std::string mode_of(const questions::entry& entry) {
    constexpr std::string_view letters = "rwxrwxrwx";
    std::string text(1, entry.is_folder ? 'd' : entry.is_file ? '-' : '?');
    for (std::size_t i = 0; i < letters.size(); ++i)
        text += (entry.mode >> (letters.size() - 1 - i) & 1) != 0 ? letters[i] : '-';
    return text;
}

std::string time_of(const questions::entry& entry) {
    const auto time = static_cast<std::time_t>(entry.mtime);
    std::tm parts{};
    std::array<char, 32> text{};
    if (::localtime_r(&time, &parts) == nullptr) return "?";
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts)};
}

const char* kind_of(const questions::entry& entry) {
    return entry.is_folder ? "directory" : entry.is_file ? "file" : "other";
}

} // namespace

std::string to_table(std::vector<questions::entry> entries) {
    std::ranges::sort(entries, {}, &questions::entry::name);
    std::size_t width = 1;
    for (const auto& each : entries) width = std::max(width, std::to_string(each.size).size());
    std::string table;
    for (const auto& each : entries)
        table += fmt::format("{}  {:>{}}  {}  {}{}\n", mode_of(each), each.size, width,
                             time_of(each), visible(each.name), each.is_folder ? "/" : "");
    return table;
}

std::string to_lines(std::vector<questions::entry> entries) {
    std::ranges::sort(entries, {}, &questions::entry::name);
    std::string lines;
    for (const auto& each : entries)
        lines += message::to_text({{"name", each.name},
                                   {"kind", kind_of(each)},
                                   {"size", each.size},
                                   {"mtime", each.mtime},
                                   {"mode", each.mode}}) +
                 '\n';
    return lines;
}
