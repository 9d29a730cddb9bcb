// SPDX-License-Identifier: MIT
#pragma once

#include <system_error>

[[gnu::visibility("default")]] std::error_code code_of_one_library();
[[gnu::visibility("default")]] std::error_code code_of_another_library();
