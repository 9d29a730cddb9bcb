// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz_input.hpp"

namespace fuzz {

/// What each target does with one input. Where a promise is broken it ends the program.
namespace api {
void run(bytes input);
}
namespace datagram {
void run(bytes input);
}
namespace decode {
void run(bytes input);
}
namespace header {
void run(bytes input);
}
namespace redis {
void run(bytes input);
}
namespace roundtrip {
void run(bytes input);
}

} // namespace fuzz
