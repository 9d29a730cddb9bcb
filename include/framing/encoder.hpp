// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/header_writer.hpp>
#include <framing/detail/scan_header.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <system_error>

namespace framing::inline v0 {

/// Where an encoder appends: std::string, std::vector of a byte type, or one that works alike.
template <class T>
concept byte_container = byte_range<T> &&
    requires(T& out, const typename T::value_type* bytes, std::size_t size) {
    out.reserve(size);
    { out.capacity() } -> std::convertible_to<std::size_t>;
    out.insert(out.end(), bytes, bytes);
};

/// Turns headers and bodies into frames. Does no I/O.
///
///     encoder<> encoder;
///     std::string wire;
///     if (auto error = encoder.encode({{"type", "chat"}}, "hello", wire)) return error;
///
/// What it accepts, a decoder with the same limits accepts; how large a body may be is the
/// receiver's affair. It keeps one buffer for headers, so that one encoder for many frames is
/// faster than many. Distinct objects may be used from distinct threads; one object may not.
template <class Header = nlohmann::json>
class encoder {
public:
    encoder() noexcept : encoder(limits{}) {}
    explicit encoder(const limits& limits) noexcept : limits_(limits) {}

    /// Appends one frame to `out`. `body` is any byte_range; it must not lie in `out`.
    ///
    /// Returns: success; or `header_too_large`, `header_too_deep`, `invalid_header` (no object, as
    /// a nlohmann::json is that no member was given; not UTF-8; NaN) or `body_size_mismatch`, and
    /// then `out` is unchanged.
    ///
    /// Throws: std::bad_alloc, and then `out` is unchanged.
    ///
    /// Complexity: linear in the frame; `out` grows by doubling.
    template <byte_container Out>
    [[nodiscard]] std::error_code encode(const Header& header, byte_view body, Out& out) {
        return append(header, body.size(), body.bytes(), out);
    }

    /// Appends prefix and header of a frame whose body follows in another way. The next
    /// `body_size` bytes of the stream are then the body. Everything else is as in encode.
    template <byte_container Out>
    [[nodiscard]] std::error_code encode_head(const Header& header, std::uint64_t body_size,
                                              Out& out) {
        return append(header, body_size, {}, out);
    }

private:
    template <class Out>
    std::error_code append(const Header& header, std::uint64_t body_size,
                           std::span<const std::byte> body, Out& out) {
        writer_.start(body_size, std::min(limits_.max_depth, detail::deepest));
        header_traits<Header>::write(header, writer_);
        if (writer_.error() != errc{}) return writer_.error();

        const std::span<std::byte> head = writer_.bytes();
        const std::size_t header_size = head.size() - prefix_size;
        if (header_size > limits_.max_header_size ||
            header_size > std::numeric_limits<std::uint32_t>::max())
            return errc::header_too_large;
        store_prefix(static_cast<std::uint32_t>(header_size), head.template first<prefix_size>());

        grow(out, head.size() + body.size());
        append_bytes(out, head);
        append_bytes(out, body);
        return {};
    }

    /// Makes room first, so that nothing after it can fail, and doubles, since an exact reserve
    /// for each frame would copy all of `out` each time.
    template <class Out>
    static void grow(Out& out, std::size_t size) {
        if (out.capacity() - out.size() >= size) return;
        out.reserve(std::max(out.size() + size, 2 * out.capacity()));
    }

    template <class Out>
    static void append_bytes(Out& out, std::span<const std::byte> bytes) {
        const auto* const first = reinterpret_cast<const typename Out::value_type*>(bytes.data());
        if constexpr (requires { out.append(first, bytes.size()); })
            out.append(first, bytes.size());
        else
            out.insert(out.end(), first, first + bytes.size());
    }

    limits limits_;
    detail::header_writer writer_;
};

} // namespace framing::inline v0
