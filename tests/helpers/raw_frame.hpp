// SPDX-License-Identifier: MIT
#pragma once

#include <framing/wire.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace helpers {

/// A frame as a stranger may write it: nothing is checked, and nothing added but the length.
inline std::string raw_frame(std::string_view header, std::string_view body = {}) {
    std::string wire(framing::prefix_size, '\0');
    framing::store_prefix(static_cast<std::uint32_t>(header.size()),
                          std::as_writable_bytes(std::span(wire)).first<framing::prefix_size>());
    return wire.append(header).append(body);
}

/// A frame with this body, whose header says nothing else.
inline std::string frame_with(std::string_view body) {
    return raw_frame(R"({"body_size":)" + std::to_string(body.size()) + '}', body);
}

} // namespace helpers
