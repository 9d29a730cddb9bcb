// SPDX-License-Identifier: MIT
#pragma once

#define FRAMING_VERSION_MAJOR 0
#define FRAMING_VERSION_MINOR 1
#define FRAMING_VERSION_PATCH 0
