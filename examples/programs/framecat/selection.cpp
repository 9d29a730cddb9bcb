// SPDX-License-Identifier: MIT
#include "framecat/selection.hpp"

#include <algorithm>
#include <stdexcept>

namespace framecat {

selection::selection(const std::vector<std::string>& conditions) {
    for (const std::string& text : conditions) {
        const std::size_t equals = text.find('=');
        if (equals == text.npos || equals == 0)
            throw std::invalid_argument("--select '" + text +
                                        "' is no MEMBER=VALUE, such as type=said or id=5");
        conditions_.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
}

bool selection::matches(const framing::header_view& header) const {
    return std::ranges::all_of(conditions_, [&](const condition& wanted) {
        const framing::value_view value = header.find(wanted.member);
        return value && (value == wanted.value || value.raw() == wanted.value);
    });
}

} // namespace framecat
