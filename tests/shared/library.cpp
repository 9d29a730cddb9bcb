// SPDX-License-Identifier: MIT
#include "library.hpp"

#include <framing/error.hpp>

#include <system_error>

// Compiled into two libraries, as two that use framing and hide what is theirs.
std::error_code FUNCTION() {
    return framing::errc::empty_header;
}
