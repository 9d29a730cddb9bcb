// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

/// Frames of a 4-byte length and as many bytes, as one writes them by hand.
namespace u32 {

inline constexpr std::size_t most = 16 << 20;

/// Appends the whole frames at the front of `bytes` to `out`.
/// Returns: how many bytes they are; nothing where a frame is too long.
inline std::optional<std::size_t> echo(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    while (bytes.size() - at >= 4) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at, 4);
        const std::size_t size = ntohl(length);
        if (size > most) return std::nullopt;
        if (bytes.size() - at < 4 + size) break;
        out.append(bytes, at, 4 + size);
        at += 4 + size;
    }
    return at;
}

} // namespace u32
