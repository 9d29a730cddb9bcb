// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include "raw_frame.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace helpers {

using nlohmann::json;

/// A header that says only how its frame is called.
inline json named(std::string_view name) {
    json header;
    header["name"] = name;
    return header;
}

inline std::string wire(std::string_view name, std::string_view body = {}) {
    framing::encoder<json> encoder;
    std::string bytes;
    if (const std::error_code error = encoder.encode(named(name), body, bytes))
        throw std::system_error(error);
    return bytes;
}
inline const std::string keep_alive = raw_frame("{}");

template <class Frame>
std::string shown(const Frame& frame) {
    return frame.header.at("name").template get<std::string>() + ':' + std::string(frame.text());
}

/// The frames of a stream.
inline std::vector<std::string> frames_of(std::string_view bytes) {
    std::vector<std::string> result;
    framing::reassembler<json> incoming;
    for (const auto& frame : incoming.feed(bytes))
        result.push_back(frame.header.empty() ? "keep-alive" : shown(frame));
    REQUIRE_FALSE(incoming.finish());
    return result;
}
using names = std::vector<std::string>;

} // namespace helpers
