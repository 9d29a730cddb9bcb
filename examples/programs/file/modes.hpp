// SPDX-License-Identifier: MIT
#pragma once

/// The permission bits that a file or folder gets which had others elsewhere: its owner's, and what
/// a mask leaves of the rest.
[[nodiscard]] constexpr unsigned kept_permissions(unsigned mode, unsigned mask) {
    return mode & 0777U & (~mask | 0700U);
}
