// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#include <optional>

namespace framing::inline v0::net::detail {

/// How many bytes the system still holds of those given to a socket; nothing where it cannot say.
template <class Socket>
std::optional<int> unsent_bytes(Socket& socket) {
#ifdef __linux__
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
