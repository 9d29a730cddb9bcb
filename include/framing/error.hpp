// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/stranger.hpp>
#include <framing/detail/join.hpp>
#include <framing/wire.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace framing::inline v0 {

/// What can be wrong with a frame. Zero is reserved for success. All but `body_size_mismatch`, the
/// encoder's caller's, and `out_of_memory`, nobody's, are the sender's fault. All are final for the
/// stream they are found in.
enum class errc {
    /// The header length is 0; the shortest header is `{}`.
    empty_header = 1,
    /// The header length is above `limits::max_header_size`.
    header_too_large,
    /// The header is not exactly one JSON object (RFC 8259) in strict UTF-8.
    invalid_header,
    /// The header nests deeper than `limits::max_depth`.
    header_too_deep,
    /// `body_size` is there twice, or is no unsigned integer of 64 bits.
    invalid_body_size,
    /// `body_size` is above `limits::max_body_size`.
    body_too_large,
    /// The stream, or the datagram, ended inside a frame.
    truncated,
    /// The header is valid JSON, but cannot be read as the header type the program asked for.
    header_mismatch,
    /// Encoding: the header's own `body_size` is not the size of the body given.
    body_size_mismatch,
    /// A datagram holds more than its one frame.
    trailing_data,
    /// Bytes that were to be kept could not be: the stream ends rather than lose them in silence.
    out_of_memory,
};

/// The name of a code as it stands above and goes over the wire: "empty_header". Static text;
/// "no error" of what is no code.
[[nodiscard]] constexpr std::string_view name(errc code) noexcept {
    switch (code) {
    case errc::empty_header: return "empty_header";
    case errc::header_too_large: return "header_too_large";
    case errc::invalid_header: return "invalid_header";
    case errc::header_too_deep: return "header_too_deep";
    case errc::invalid_body_size: return "invalid_body_size";
    case errc::body_too_large: return "body_too_large";
    case errc::truncated: return "truncated";
    case errc::header_mismatch: return "header_mismatch";
    case errc::body_size_mismatch: return "body_size_mismatch";
    case errc::trailing_data: return "trailing_data";
    case errc::out_of_memory: return "out_of_memory";
    }
    return "no error";
}

namespace detail {

/// What a code means, without its name. Static text; empty of what is no code.
constexpr std::string_view meaning(errc code) noexcept {
    switch (code) {
    case errc::empty_header: return "the header length is 0";
    case errc::header_too_large: return "the header is longer than the limit";
    case errc::invalid_header: return "the header is not one strict JSON object in UTF-8";
    case errc::header_too_deep: return "the header nests deeper than the limit";
    case errc::invalid_body_size: return "body_size is not one unsigned integer of 64 bits";
    case errc::body_too_large: return "the body is larger than the limit";
    case errc::truncated: return "the input ended inside a frame";
    case errc::header_mismatch: return "the header does not fit the type it is read as";
    case errc::body_size_mismatch: return "body_size differs from the size of the body";
    case errc::trailing_data: return "the datagram holds more than its one frame";
    case errc::out_of_memory: return "out of memory for bytes that were to be kept";
    }
    return {};
}

} // namespace detail

/// The category of `errc` in a std::error_code, named "framing". A message of it begins with the
/// name of the code: "header_too_large: the header is longer than the limit".
[[nodiscard]] FRAMING_SHARED inline const std::error_category& category() noexcept {
    static const class final : public std::error_category {
        const char* name() const noexcept override { return "framing"; }

        std::string message(int value) const override {
            const auto code = static_cast<errc>(value);
            const std::string_view text = detail::meaning(code);
            if (text.empty()) return value == 0 ? "no error" : "unknown error";
            return detail::join({framing::name(code), ": ", text});
        }

        std::error_condition default_error_condition(int value) const noexcept override {
            if (value == static_cast<int>(errc::out_of_memory)) return std::errc::not_enough_memory;
            return {value, *this};
        }
    } instance;
    return instance;
}

/// The code as a std::error_code, which it also becomes by itself.
[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// The parts of a frame.
enum class frame_part { length, header, body };

/// What went wrong with a stream, and where. False when nothing did.
struct fault {
    /// What is wrong; 0 where nothing is.
    errc code{};
    /// Where the frame went wrong, or the stream ended.
    frame_part part{};
    /// Bytes of the stream before the bad frame.
    std::uint64_t offset = 0;
    /// Frames of the stream before the bad one.
    std::uint64_t frame = 0;
    /// The size that the peer declared for `part`; of a header that is too deep, its depth so far;
    /// of trailing data the size of the frame.
    std::uint64_t declared = 0;
    /// The limit that `declared` is to keep; of trailing data what the datagram may have, the same.
    std::uint64_t limit = 0;
    /// Good bytes of `part` before the violation, or before the end of the stream; of trailing data
    /// the size of the datagram.
    std::uint64_t position = 0;
    /// Of a header that does not fit: the name of the member of which members<> say so. Of the size
    /// of a body in another format than the standard one: the name of its member. Static; empty
    /// where the header type does not say.
    std::string_view member{};
    /// What that member is to be: "an integer from 0 to 127". Static; empty as `member` is.
    std::string_view expected{};
    /// What it is, up to a NUL: "300", "a string", "missing".
    std::array<char, 32> found{};
    /// Of a header length: how its bytes were read.
    std::endian length_order = std::endian::big;

    /// Whether anything is wrong.
    [[nodiscard]] explicit operator bool() const noexcept { return code != errc{}; }
    /// The code alone. Implicit, so that a fault is returned and compared as any std::error_code
    /// is.
    operator std::error_code() const noexcept {
        return *this ? make_error_code(code) : std::error_code{};
    }

    /// One line for a log. Of the peer's bytes it repeats at most the header length, escaped.
    /// Throws: std::bad_alloc.
    [[nodiscard]] std::string message() const;

    /// Whether all of one is as in the other.
    friend bool operator==(const fault&, const fault&) = default;
    /// Whether the code is that one.
    friend bool operator==(const fault& left, errc right) noexcept { return left.code == right; }
    /// Whether the code is that one, of whichever category.
    friend bool operator==(const fault& left, const std::error_code& right) noexcept {
        return static_cast<std::error_code>(left) == right;
    }
};

namespace detail {

constexpr std::string_view name(frame_part part) noexcept {
    switch (part) {
    case frame_part::length: return "header length";
    case frame_part::header: return "header";
    case frame_part::body: break;
    }
    return "body";
}

/// The numbers of a fault, as its message says them after the frame and the offset.
inline std::string describe(const fault& f) {
    const std::string above = join({", above the limit of ", f.limit});
    const std::string_view size_name = f.member.empty() ? body_size_key : f.member;
    const std::string_view found = f.found.data();
    switch (f.code) {
    case errc::header_too_large:
        return join(
            {"the header length is ", f.declared, above,
             describe_stranger(static_cast<std::uint32_t>(f.declared), f.limit, f.length_order)});
    case errc::header_too_deep:
        return join(
            {"the header nests ", f.declared, " deep", above, ", at its byte ", f.position});
    case errc::body_too_large: return join({size_name, " is ", f.declared, above});
    case errc::invalid_body_size:
        return join({size_name, " is not one unsigned integer of 64 bits"});
    case errc::truncated:
        return join({"the input ended in the ", name(f.part), ", after ", f.position, " of ",
                     f.declared, " bytes"});
    case errc::trailing_data:
        return join({"the datagram holds ", f.position, " bytes, its frame only ", f.declared});
    case errc::invalid_header:
        return join({meaning(f.code), ", at its byte ", f.position, " of ", f.declared});
    case errc::header_mismatch:
        if (f.member.empty() && f.expected.empty()) break;
        return join({"its member \"", f.member, "\" is ", found,
                     found == "missing" ? ": " : ", not ", f.expected});
    default: break;
    }
    return std::string(meaning(f.code));
}

} // namespace detail

inline std::string fault::message() const {
    if (!*this) return "no error";
    return detail::join(
        {name(code), ": frame ", frame, " at offset ", offset, ": ", detail::describe(*this)});
}

} // namespace framing::inline v0

template <>
struct std::is_error_code_enum<framing::errc> : std::true_type {};
