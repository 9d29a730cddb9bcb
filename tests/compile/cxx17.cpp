// SPDX-License-Identifier: MIT
// Compiled as C++17: the first error is to say what is missing.
#include <framing/framing.hpp>
