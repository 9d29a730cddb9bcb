// SPDX-License-Identifier: MIT
#include "shell/escape_keys.hpp"

#include <utility>

std::optional<escape_keys::wish> escape_keys::next(std::string_view& typed, std::string& sent) {
    constexpr char control_z = 'Z' & 0x1f;
    while (!typed.empty()) {
        const char key = typed.front();
        typed.remove_prefix(1);
        if (std::exchange(escapes_, false)) {
            begins_line_ = true; // also for the next one of ours
            if (key == '.') return wish::leave;
            if (key == control_z) return wish::suspend;
            if (key == '?') return wish::help;
            if (key != '~') sent += '~';
        } else if (key == '~' && begins_line_) {
            escapes_ = true;
            continue;
        }
        sent += key;
        begins_line_ = key == '\r' || key == '\n';
    }
    return std::nullopt;
}
