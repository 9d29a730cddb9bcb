// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#if defined(__linux__) && !defined(FRAMING_PORTABLE)
#include <linux/sockios.h>
#endif

#include <optional>

namespace framing::inline v0::net::detail {

/// How many bytes the system still holds of those given to a socket; nothing where it cannot say.
template <class Socket>
std::optional<int> unsent_bytes([[maybe_unused]] Socket& socket) {
#if defined(__linux__) && !defined(FRAMING_PORTABLE)
    struct command {
        int count = 0;
        [[nodiscard]] int name() const { return SIOCOUTQ; }
        [[nodiscard]] void* data() { return &count; }
    } unsent;
    if constexpr (requires(error_code error) { socket.io_control(unsent, error); }) {
        error_code unknown;
        socket.io_control(unsent, unknown);
        if (!unknown) return unsent.count;
    }
#endif
    return std::nullopt;
}

} // namespace framing::inline v0::net::detail
