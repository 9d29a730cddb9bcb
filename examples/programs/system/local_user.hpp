// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

/// Which user of this machine is at the other end of a socket: a Unix-domain one, or one of TCP
/// over loopback. Nothing where that cannot be known.
[[nodiscard]] std::optional<uid_t> local_user_of(int socket);
