// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

/// Standard error as a descriptor whose flags are nobody else's, non-blocking; none where the
/// system opens no such thing anew, or it is a file or a socket.
[[nodiscard]] descriptor own_standard_error();
