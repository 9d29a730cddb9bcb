// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/ready_head.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/header_writer.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace framing::inline v0 {

/// Where an encoder appends: std::string, std::vector of a byte type, or one that works alike.
template <class T>
concept byte_container = byte_range<T> &&
    requires(T& out, const typename T::value_type* bytes, std::size_t size) {
    out.reserve(size);
    out.resize(size);
    { out.data() } -> std::convertible_to<const typename T::value_type*>;
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
template <class Header = nlohmann::json, wire_format Format = formats::standard>
class encoder {
public:
    /// With the default limits.
    encoder() noexcept : encoder(limits{}) {}
    /// With other ones; `max_body_size` is not looked at.
    explicit encoder(const limits& limits) noexcept : limits_(limits) {
        // The writer knows one format; in any other the size is added to what it has written.
        if constexpr (!is_standard) detail::header_writer_access::leave_out_size(writer_);
    }

    /// Appends one frame to `out`. `encode({}, "hello", out)` is the simplest. `body` is any
    /// byte_range, a string literal without its NUL (see byte_view); neither it nor the text of a
    /// header_view may lie in `out`.
    ///
    /// Returns: success; or `header_too_large`, `header_too_deep`, `invalid_header` (no object; not
    /// UTF-8; NaN) or `body_size_mismatch`, and then `out` is unchanged.
    ///
    /// Throws: std::bad_alloc, or what the header type throws, and then `out` is unchanged.
    ///
    /// Complexity: linear in the frame; `out` grows by doubling.
    template <byte_container Out>
    [[nodiscard]] std::error_code encode(const Header& header, byte_view body, Out& out) {
        return append(header, body.size(), body.bytes(), out);
    }

    /// Appends prefix and header of a frame whose body follows in another way. The next
    /// `body_size` bytes of the stream are then the body. Everything else is as in `encode`.
    template <byte_container Out>
    [[nodiscard]] std::error_code encode_head(const Header& header, std::uint64_t body_size,
                                              Out& out) {
        return append(header, body_size, {}, out);
    }

    /// Writes one frame to the front of `out`, which is no container: a block of one's own, shared
    /// memory, a ring. Says in `used` how many bytes it takes, also where they are too many.
    ///
    /// Returns: as `encode`; std::errc::no_buffer_space where `out` is too small, and then it is
    /// unchanged.
    ///
    /// Throws: as `encode`.
    [[nodiscard]] std::error_code encode_to(const Header& header, byte_view body,
                                            std::span<std::byte> out, std::size_t& used) {
        used = 0;
        head_type head;
        if (const errc error = make_head(header, body.size(), head); error != errc{}) return error;
        used = head.size() + body.size();
        if (out.size() < used) return std::make_error_code(std::errc::no_buffer_space);
        write_frame(head, body.bytes(), out.data());
        return {};
    }

    /// The name of the member for which the last header that was refused was so: NaN, text that is
    /// not UTF-8, an enumerator without a name, too deep. Static; empty where the header type does
    /// not say, as members<> do.
    [[nodiscard]] std::string_view refused_member() const noexcept { return refused_member_; }

private:
    static constexpr bool is_standard = std::same_as<Format, formats::standard>;

    /// Prefix and header as header_traits have written them.
    struct written_head {
        std::span<const std::byte> bytes;

        [[nodiscard]] std::size_t size() const noexcept { return bytes.size(); }
        void write(std::byte* at) const noexcept { std::memcpy(at, bytes.data(), bytes.size()); }
    };
    using ready_head = detail::ready_head<Format>;
    using head_type = std::conditional_t<is_standard && !std::same_as<Header, header_view>,
                                         written_head, ready_head>;

    template <class Out>
    std::error_code append(const Header& header, std::uint64_t body_size,
                           std::span<const std::byte> body, Out& out) {
        head_type head;
        if (const errc error = make_head(header, body_size, head); error != errc{}) return error;
        append_frame(head, body, out);
        return {};
    }

    /// `head` is good if there is no error.
    FRAMING_ALWAYS_INLINE errc make_head(const Header& header, std::uint64_t body_size,
                                         head_type& head) {
        if constexpr (std::same_as<Header, header_view>) {
            return make_ready_head(header, body_size, limits_.max_depth, head);
        } else {
            const std::size_t max_depth = (std::min)(limits_.max_depth, detail::deepest);
            detail::header_writer_access::start(writer_, is_standard ? body_size : 0, max_depth);
            header_traits<Header>::write(header, writer_);
            const errc error = detail::header_writer_access::finish(writer_);
            if (error != errc{}) {
                note_refused_member(header, body_size, max_depth);
                return error;
            }
            const std::span<std::byte> written = detail::header_writer_access::bytes(writer_);
            const std::size_t header_size = written.size() - prefix_size;
            if (is_too_large(header_size)) {
                refused_member_ = {};
                return errc::header_too_large;
            }
            if constexpr (is_standard) {
                store_prefix(static_cast<std::uint32_t>(header_size),
                             written.template first<prefix_size>());
                head.bytes = written;
                return {};
            } else {
                return add_size(as_text(written.subspan(prefix_size)), body_size, head);
            }
        }
    }

    FRAMING_ALWAYS_INLINE errc make_ready_head(const header_view& header, std::uint64_t body_size,
                                               std::size_t max_depth, ready_head& head) {
        const errc error = head.set(header, body_size, max_depth);
        if (error != errc{}) return error;
        return is_too_large(head.header_size()) ? errc::header_too_large : errc{};
    }

    /// As make_ready_head, of a header that was written without a thought of its body.
    errc add_size(std::string_view text, std::uint64_t body_size, ready_head& head) {
        const auto header = detail::header_view_access::make<Format>(text, {});
        const errc error = make_ready_head(header, body_size, detail::deepest, head);
        if (error != errc{}) refused_member_ = {};
        if (error == errc::body_size_mismatch) refused_member_ = detail::size_key_in<Format>(text);
        return error;
    }

    [[nodiscard]] bool is_too_large(std::uint64_t header_size) const noexcept {
        return header_size > limits_.max_header_size ||
               header_size > (std::numeric_limits<std::uint32_t>::max)();
    }

    template <class Head>
    FRAMING_ALWAYS_INLINE static void write_frame(const Head& head, std::span<const std::byte> body,
                                                  std::byte* at) noexcept {
        head.write(at);
        if (!body.empty()) std::memcpy(at + head.size(), body.data(), body.size());
    }

    /// A container that can grow without a write of zeros, as strings can since C++23.
    template <class Out>
    static constexpr bool grows_unwritten = requires(Out& out) {
        out.resize_and_overwrite(std::size_t{}, [](auto*, std::size_t size) { return size; });
    };

    template <class Head, class Out>
    FRAMING_ALWAYS_INLINE static void append_frame(const Head& head,
                                                   std::span<const std::byte> body, Out& out) {
        const std::size_t before = out.size();
        const std::size_t size = head.size() + body.size();
        if (out.capacity() - before < size) grow(out, size);

        if constexpr (grows_unwritten<Out>) {
            out.resize_and_overwrite(before + size, [&](auto* data, std::size_t all) {
                write_frame(head, body, reinterpret_cast<std::byte*>(data) + before);
                return all;
            });
            return;
        }
        // A container first writes zeros where it grows: for a small body that costs less than to
        // append twice.
        constexpr std::size_t small_body = 128;
        const bool at_once = body.size() <= small_body;
        out.resize(before + head.size() + (at_once ? body.size() : 0));
        auto* const at = reinterpret_cast<std::byte*>(out.data()) + before;
        if (at_once) return write_frame(head, body, at);
        head.write(at);
        const auto* first = reinterpret_cast<const typename Out::value_type*>(body.data());
        out.insert(out.end(), first, first + body.size());
    }

    FRAMING_NOINLINE void note_refused_member([[maybe_unused]] const Header& header,
                                              [[maybe_unused]] std::uint64_t body_size,
                                              [[maybe_unused]] std::size_t max_depth) {
        refused_member_ = {};
        using traits = header_traits<Header>;
        std::optional<std::uint64_t> compared;
        if (is_standard) compared = body_size;
        if constexpr (requires { traits::unwritable(header, compared, max_depth); })
            refused_member_ = traits::unwritable(header, compared, max_depth);
    }

    /// Makes room first, so that nothing after it can fail, and doubles, since an exact reserve
    /// for each frame would copy all of `out` each time.
    template <class Out>
    FRAMING_NOINLINE static void grow(Out& out, std::size_t size) {
        out.reserve((std::max)(out.size() + size, 2 * out.capacity()));
    }

    limits limits_;
    header_writer writer_;
    std::string_view refused_member_;
};

} // namespace framing::inline v0
