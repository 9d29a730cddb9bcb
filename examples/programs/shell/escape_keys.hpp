// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Finds in what a person types to a program elsewhere the few keys that are for us: as in ssh, `~`
/// at the beginning of a line, and another.
class escape_keys {
public:
    enum class wish { leave, suspend, help };

    /// What a person is to know about them, for a terminal that is raw.
    static constexpr std::string_view help = "~?\r\n"
                                             "At the beginning of a line:\r\n"
                                             "  ~.   leave, and end what runs there\r\n"
                                             "  ~^Z  suspend shell_client\r\n"
                                             "  ~~   a ~\r\n"
                                             "  ~?   this\r\n";

    /// Takes keys away from the front of `typed`, until there are none, or one was for us.
    ///
    /// `sent`: gets those that are for the program behind it.
    std::optional<wish> next(std::string_view& typed, std::string& sent);

private:
    bool begins_line_ = true; // what comes next does
    bool escapes_ = false;    // a `~` is held back
};
