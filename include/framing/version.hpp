// SPDX-License-Identifier: MIT
#pragma once

/// Grows where a program may have to be changed; while it is 0, the minor one does.
#define FRAMING_VERSION_MAJOR 0
/// Grows with what is added.
#define FRAMING_VERSION_MINOR 2
/// Grows with what is mended.
#define FRAMING_VERSION_PATCH 0
