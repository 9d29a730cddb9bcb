// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/judge.hpp>
#include <framing/detail/scan_header.hpp>
#include <framing/detail/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace framing::inline v0 {

/// The one frame that a datagram is.
///
/// Returns: the frame, its body a view of `bytes`; or nullopt and `why`. Besides the faults of a
/// stream a datagram can be `truncated` or hold `trailing_data`. A bad one says nothing about the
/// next: nothing is kept between two.
template <class Header = nlohmann::json>
[[nodiscard]] std::optional<frame<Header>> decode_datagram(byte_view bytes, fault& why,
                                                           const limits& limits = {}) {
    detail::judge judge(limits);
    const auto decode = [&]() -> std::optional<frame<Header>> {
        const std::span<const std::byte> datagram = bytes.bytes();
        if (datagram.size() < prefix_size) {
            judge.truncated(frame_part::length, prefix_size, datagram.size());
            return std::nullopt;
        }
        const std::uint32_t size = load_prefix(datagram.first<prefix_size>());
        if (!judge.accept_length(size)) return std::nullopt;

        const std::span<const std::byte> rest = datagram.subspan(prefix_size);
        if (rest.size() < size) {
            judge.truncated(frame_part::header, size, rest.size());
            return std::nullopt;
        }
        const std::string_view text = as_text(rest.first(size));
        frame<Header> result{{}, rest.subspan(size)};
        bool fits = false;
        const detail::header_scan scan =
            detail::read_header(text, rest.size() - size, limits.max_depth, result.header, fits);
        if (!judge.accept_header(scan, size) || !judge.accept_body(scan.body_size()))
            return std::nullopt;
        if (!fits) {
            judge.mismatch(size);
            return std::nullopt;
        }
        if (result.body.size() < scan.body_size()) {
            judge.truncated(frame_part::body, scan.body_size(), result.body.size());
            return std::nullopt;
        }
        if (result.body.size() > scan.body_size()) {
            judge.trailing(prefix_size + size + scan.body_size(), datagram.size());
            return std::nullopt;
        }
        return result;
    };
    std::optional<frame<Header>> result = decode();
    why = judge.error();
    return result;
}

} // namespace framing::inline v0
