// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

/// What a line that begins with a slash asks for.
struct command {
    std::string name;     // as in `command_names`, however it was typed; or none of them
    std::string argument; // without the spaces around it
};

inline constexpr std::array<const char*, 7> command_names{"/help", "/join", "/me", "/msg",
                                                          "/nick", "/quit", "/who"};

inline constexpr std::array<const char*, 7> command_help{"/who: who is here",
                                                         "/me TEXT: say what you do",
                                                         "/msg NICK TEXT: say it to NICK alone",
                                                         "/nick NAME: be called NAME",
                                                         "/join ROOM: go to another room",
                                                         "/quit: leave",
                                                         "//...: say /..."};

/// Returns: nothing for a line that is to be said.
[[nodiscard]] std::optional<command> parse_command(std::string_view line);

/// The first word, and what follows it.
[[nodiscard]] std::pair<std::string, std::string> split_word(std::string_view text);

} // namespace chat
