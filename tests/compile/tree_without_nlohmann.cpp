// SPDX-License-Identifier: MIT
// The first error is to name the header that is not included.
#include <framing/reassembler.hpp>

template class framing::reassembler<>;
