// SPDX-License-Identifier: MIT
#pragma once

#include <framing/datagram.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/wire.hpp>

#include "raw_frame.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace helpers {

/// The header of a frame, read as a Header by a receiver; nothing where it does not fit.
template <class Header>
std::optional<Header> received(std::string_view header, std::string_view body = {}) {
    framing::fault why;
    const std::string wire = raw_frame(header, body);
    auto frame = framing::decode_datagram<Header>(wire, why);
    if (frame) return std::move(frame->header);
    CAPTURE(header);
    CHECK(why == framing::errc::header_mismatch);
    CHECK(why.part == framing::frame_part::header);
    CHECK(why.declared == header.size());
    CHECK(why.position == header.size());
    return std::nullopt;
}

/// The text of a header as a sender writes it, or the name of the error.
template <class Header>
std::string sent(const Header& header, std::string_view body = {}) {
    std::string wire;
    const std::error_code error = framing::encoder<Header>().encode(header, body, wire);
    if (!error) return wire.substr(framing::prefix_size);
    CHECK(wire.empty());
    return std::string(framing::name(static_cast<framing::errc>(error.value())));
}

} // namespace helpers
