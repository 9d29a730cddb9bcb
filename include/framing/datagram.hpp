// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/frames/frame_parser.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/frame.hpp>
#include <framing/limits.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace framing::inline v0 {

/// The one frame that a datagram is.
///
/// Returns: the frame, its body a view of `bytes`; or nullopt and `why`. Besides the faults of a
/// stream a datagram can be `truncated` or hold `trailing_data`. A bad one says nothing about the
/// next: nothing is kept between two.
/// Throws: std::bad_alloc, or what the header type throws.
template <class Header = nlohmann::json, wire_format Format = formats::standard>
[[nodiscard]] std::optional<frame<Header>> decode_datagram(byte_view bytes, fault& why,
                                                           const limits& limits = {}) {
    detail::frame_parser<Format> parser(limits);
    const std::span<const std::byte> datagram = bytes.bytes();
    std::optional<frame<Header>> result(std::in_place);
    if (!parser.look(datagram, result->header) || datagram.size() < parser.needed())
        parser.end(datagram.size());
    else if (datagram.size() > parser.needed())
        parser.trailing(datagram.size());
    else
        result->body = datagram.subspan(parser.head_size());
    why = parser.error();
    if (why) result.reset();
    return result;
}

} // namespace framing::inline v0
