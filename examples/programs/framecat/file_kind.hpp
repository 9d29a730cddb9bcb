// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace framecat {

/// What a file is that holds no frames as they are, and how to get at them; empty where that does
/// not show in how it begins.
[[nodiscard]] std::string_view advice_on(std::string_view beginning);

} // namespace framecat
