// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// Terminals, at which people sit.
namespace terminal {

/// Whether a descriptor is one.
[[nodiscard]] bool is_at(int number);

/// How many columns its window has; 0 where it is no terminal, or that is not known.
[[nodiscard]] std::size_t columns_of(int number);

} // namespace terminal
