// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// One frame, as it lies on the wire; nothing stands between two frames:
///
///     +---------------+---------------------+------------------+
///     | header length | header              | body             |
///     | 4 bytes,      | header-length bytes | body_size bytes, |
///     | network order | one JSON object     | opaque           |
///     +---------------+---------------------+------------------+
///
///     00 00 00 0f  7b 22 62 6f 64 79 5f 73 69 7a 65 22 3a 35 7d  68 65 6c 6c 6f
///     15           {"body_size":5}                               hello
namespace framing::inline v0 {

/// The bytes of the header length.
inline constexpr std::size_t prefix_size = 4;

/// The member of a header that says how many bytes of body follow it.
inline constexpr std::string_view body_size_key = "body_size";

namespace detail {

/// The same four bytes from the other end.
[[nodiscard]] constexpr std::uint32_t swap_bytes(std::uint32_t value) noexcept {
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

} // namespace detail

/// The header length that these four bytes say.
[[nodiscard]] constexpr std::uint32_t load_prefix(std::span<const std::byte, prefix_size> bytes,
                                                  std::endian order = std::endian::big) noexcept {
    const std::uint32_t size = std::to_integer<std::uint32_t>(bytes[0]) << 24 |
                               std::to_integer<std::uint32_t>(bytes[1]) << 16 |
                               std::to_integer<std::uint32_t>(bytes[2]) << 8 |
                               std::to_integer<std::uint32_t>(bytes[3]);
    return order == std::endian::big ? size : detail::swap_bytes(size);
}

/// Writes a header length as four bytes.
constexpr void store_prefix(std::uint32_t header_size, std::span<std::byte, prefix_size> bytes,
                            std::endian order = std::endian::big) noexcept {
    if (order != std::endian::big) header_size = detail::swap_bytes(header_size);
    bytes[0] = static_cast<std::byte>(header_size >> 24);
    bytes[1] = static_cast<std::byte>(header_size >> 16 & 0xff);
    bytes[2] = static_cast<std::byte>(header_size >> 8 & 0xff);
    bytes[3] = static_cast<std::byte>(header_size & 0xff);
}

} // namespace framing::inline v0
