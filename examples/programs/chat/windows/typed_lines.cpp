// SPDX-License-Identifier: MIT
#include "chat/typed_lines.hpp"

namespace chat {

/// Nothing is kept: a console remembers by itself what was typed.
std::string typed_lines::default_path() {
    return {};
}

std::vector<std::string> typed_lines::load() const {
    return {};
}

void typed_lines::append(std::string_view) const {}

bool typed_lines::keeps(std::string_view) {
    return false;
}

} // namespace chat
