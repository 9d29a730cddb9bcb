// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/join.hpp>
#include <framing/wire.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace framing::inline v0::detail {

/// The protocol whose first four bytes these are, or nothing.
constexpr std::string_view protocol_of(std::string_view opening) noexcept {
    constexpr std::string_view http[] = {"GET ", "HEAD", "POST", "PUT ", "DELE", "CONN",
                                         "OPTI", "TRAC", "PATC", "PRI ", "HTTP"};
    for (const std::string_view verb : http)
        if (opening == verb) return "HTTP";
    if (opening == "SSH-") return "SSH";
    // A TLS record: handshake or alert, then version 3.0 to 3.4.
    if ((opening[0] == '\x16' || opening[0] == '\x15') && opening[1] == '\x03' &&
        static_cast<unsigned char>(opening[2]) <= 4)
        return "TLS";
    return {};
}

/// What a header length above the limit shows about who is talking: "" or ": <who>". It is all in
/// the length itself, so that it never depends on what else had arrived.
inline std::string describe_stranger(std::uint32_t length, std::uint64_t limit, std::endian order) {
    std::array<std::byte, prefix_size> bytes{};
    store_prefix(length, bytes, order);
    const std::string_view opening(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::string_view who = protocol_of(opening);
    if (who.empty()) {
        if (const std::uint32_t swapped = swap_bytes(length); swapped <= limit)
            return join({": ", swapped,
                         order == std::endian::big
                             ? " in little-endian order; the length is sent in network order, "
                               "big-endian; the format `lesson` reads it"
                             : " in network order, big-endian; in this format the length is "
                               "little-endian; the format `standard` reads it"});
        if (opening[0] != '{') return {};
        who = "JSON without a length before it";
    }
    std::string text = ": the bytes ";
    for (const char c : opening) {
        constexpr std::string_view hex = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        text += hex[byte >> 4];
        text += hex[byte & 15];
        text += ' ';
    }
    return text.append("are ").append(who);
}

} // namespace framing::inline v0::detail
