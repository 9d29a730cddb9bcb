// SPDX-License-Identifier: MIT
#pragma once

// The {fmt} that spdlog was built with: one of its own, or the system's.
#ifdef SPDLOG_FMT_EXTERNAL
#include <fmt/core.h>
#else
#include <spdlog/fmt/bundled/core.h>
#endif
