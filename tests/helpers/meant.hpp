// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/format.hpp>
#include <framing/nlohmann.hpp>

#include "support/dialect.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>

namespace helpers {

template <class Format>
std::string framed_by(const nlohmann::json& header, std::string_view body) {
    framing::encoder<nlohmann::json, Format> encoder;
    std::string wire;
    REQUIRE(encoder.encode(header, body, wire) == std::error_code());
    return wire;
}
inline std::string framed(const nlohmann::json& header, std::string_view body = "") {
    return framed_by<framing::formats::standard>(header, body);
}
inline std::string lesson(const nlohmann::json& header, std::string_view body = "") {
    return framed_by<framing::formats::lesson>(header, body);
}

/// The frames that a peer's bytes mean, which come in these pieces.
inline std::string meant(dialect& dialect, std::initializer_list<std::string> pieces) {
    std::string frames;
    for (const std::string& piece : pieces)
        REQUIRE(dialect.hear(framing::byte_view(piece).bytes(), frames) == std::error_code());
    return frames;
}

} // namespace helpers
