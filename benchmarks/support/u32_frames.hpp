// SPDX-License-Identifier: MIT
#pragma once

#include <framing/wire.hpp>

#include "support/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// The simplest of frames, which the floors and several peers speak: a length in network byte
/// order, and as many bytes.
inline void append_u32_frame(std::string& out, const std::string& body) {
    std::array<std::byte, framing::prefix_size> prefix;
    framing::store_prefix(static_cast<std::uint32_t>(body.size()), prefix);
    out.append(reinterpret_cast<const char*>(prefix.data()), prefix.size());
    out += body;
}

[[nodiscard]] inline stream make_u32_stream(std::size_t body_size) {
    return make_stream(body_size, append_u32_frame);
}

} // namespace bench
