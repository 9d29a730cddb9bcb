// SPDX-License-Identifier: MIT
#pragma once

/// Whether the peer of a socket has ended its side, as far as that shows: what came before may hide
/// it where the system cannot say.
[[nodiscard]] bool has_ended(int socket);
