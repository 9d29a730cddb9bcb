// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// A user of this machine, by his number.
using user_id = std::uint32_t;

/// Who may do all that this machine can.
inline constexpr user_id superuser = 0;

/// Who runs this process.
[[nodiscard]] user_id own_user();
