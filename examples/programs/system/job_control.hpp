// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

/// Does what a signal of the set does to a program that has not asked for it. Goes on where that is
/// to stop, and somebody has us go on: by a SIGCONT that the set, which heeds others, does not see.
void obey(asio::signal_set& signals, int signal);
