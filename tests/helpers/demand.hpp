// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>

namespace fuzz {

/// What a fuzz target is about: a promise of the library. Where it is broken the run stops.
inline void demand(bool kept) {
    if (!kept) std::abort();
}

} // namespace fuzz
