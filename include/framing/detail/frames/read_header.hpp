// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/json/expectation.hpp>
#include <framing/detail/json/flat_header.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace framing::inline v0::detail {

/// Whether a scan can hand its members over: the traits are members<>, and nobody has put a `read`
/// of his own before theirs.
template <class Header>
inline constexpr bool reads_in_passing = false;
template <class Header>
requires requires {
    typename header_traits<Header>::reader;
}
inline constexpr bool reads_in_passing<Header> =
    static_cast<bool (*)(const header_view&, Header&)>(&header_traits<Header>::read) ==
    &header_traits<Header>::reader::traits::read;

/// Why a good header does not fit, where its traits can say so.
template <class Header>
[[nodiscard]] FRAMING_NOINLINE mismatch why_not(std::span<const std::byte> header) {
    const header_view view = header_view_access::make(as_text(header), {});
    if constexpr (requires { header_traits<Header>::explain(view); })
        return header_traits<Header>::explain(view);
    else
        return {};
}

template <class Header>
inline constexpr bool reads_flat = std::same_as<Header, header_view> || reads_in_passing<Header>;

/// As read_header, of a flat header. Returns: whether all is good; false says only that it needs a
/// closer look.
template <wire_format Format, class Header>
[[nodiscard]] FRAMING_ALWAYS_INLINE inline bool read_flat_header(padded_text padded, Header& header,
                                                                 std::uint64_t& body_size) {
    body_size_reader<Format> found;
    if constexpr (reads_in_passing<Header>) {
        typename header_traits<Header>::reader reader(header);
        if (!scan_flat_header(padded, found, reader) || !reader.finish()) return false;
    } else {
        ignore_members none;
        if (!scan_flat_header(padded, found, none)) return false;
    }
    const header_scan scan = found.result(padded.text, 1);
    if constexpr (std::same_as<Header, header_view>)
        header = header_view_access::make<Format>(padded.text, scan);
    body_size = scan.body_size();
    return scan.error == errc{};
}

/// Judges a whole header, and reads it into `header`, which is unspecified if it is bad.
/// `fits` says whether it could be. `fresh` is false of a text that may have been found not to be
/// flat.
template <wire_format Format, class Header>
[[nodiscard]] FRAMING_ALWAYS_INLINE inline header_scan
read_header(padded_text padded, std::size_t max_depth, Header& header, bool& fits, bool fresh) {
    using traits = header_traits<Header>;
    if constexpr (reads_in_passing<Header>) {
        typename traits::reader reader(header);
        const header_scan scan = scan_header<Format>(padded, max_depth, reader, fresh);
        fits = reader.finish();
        return scan;
    } else {
        ignore_members none;
        const header_scan scan = scan_header<Format>(padded, max_depth, none, fresh);
        fits = scan.error == errc{} &&
               traits::read(header_view_access::make<Format>(padded.text, scan), header);
        return scan;
    }
}

} // namespace framing::inline v0::detail
