// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/json/value_kinds.hpp>
#include <framing/header_view.hpp>

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace framing::inline v0 {

/// One frame that owns all it holds.
template <class Header = nlohmann::json>
struct owned_frame {
    /// The header, read.
    Header header;
    /// The body's bytes.
    std::vector<std::byte> body;

    /// The body as text, which lives as long as `body`. Says nothing about its encoding.
    [[nodiscard]] std::string_view text() const noexcept { return as_text(body); }
};

/// One frame that owns all it holds. Copies of it share the text that the header_view views.
template <>
struct owned_frame<header_view> {
    /// An empty header and no body.
    owned_frame() = default;
    /// Copies both. Throws: std::bad_alloc.
    owned_frame(const header_view& view, std::span<const std::byte> bytes)
        : header(view), body(bytes.begin(), bytes.end()),
          header_text_(new char[view.text().size()]) {
        std::copy(view.text().begin(), view.text().end(), header_text_.get());
        detail::header_view_access::move_text(header, header_text_.get());
    }

    /// The body as text, which lives as long as `body`. Says nothing about its encoding.
    [[nodiscard]] std::string_view text() const noexcept { return as_text(body); }

    /// The header; its text lives as long as this frame or a copy of it.
    header_view header;
    /// The body's bytes.
    std::vector<std::byte> body;

private:
    std::shared_ptr<char[]> header_text_;
};

/// One frame as a decoder hands it out: the header read, the body borrowed.
///
/// How long the body lives is said where the frame comes from; `copy()` lives on.
template <class Header = nlohmann::json>
struct frame {
    static_assert(detail::require_header<Header>());

    /// The header, read.
    Header header{};
    /// The body, borrowed.
    std::span<const std::byte> body{};

    /// The body as text, which lives as long as `body`. Says nothing about its encoding.
    [[nodiscard]] std::string_view text() const noexcept { return as_text(body); }

    /// The same frame, owned. Throws: std::bad_alloc, or what a copy of the header throws.
    [[nodiscard]] owned_frame<Header> copy() const { return {header, {body.begin(), body.end()}}; }
};

/// The beginning of a frame whose body is read in pieces.
template <class Header = nlohmann::json>
struct frame_head {
    static_assert(detail::require_header<Header>());

    /// The header, read. A header_view lives as long as the body of a frame would.
    Header header{};
    /// How many bytes of body follow.
    std::uint64_t body_size = 0;
};

} // namespace framing::inline v0
