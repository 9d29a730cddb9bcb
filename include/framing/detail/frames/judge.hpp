// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/json/expectation.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/limits.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace framing::inline v0::detail {

/// Says what is wrong with the frames of one stream, in the order in which it can be known. Every
/// decoder asks it, so that none can disagree. The first fault is final.
class judge {
public:
    explicit judge(const limits& limits) noexcept : limits_(limits) {}

    [[nodiscard]] const fault& error() const noexcept { return fault_; }
    [[nodiscard]] const limits& bounds() const noexcept { return limits_; }
    void set_bounds(const limits& limits) noexcept { limits_ = limits; }

    bool accept_length(std::uint64_t size, std::endian order = std::endian::big) noexcept {
        const std::uint64_t limit = std::min<std::uint64_t>(limits_.max_header_size, longest);
        if (size != 0 && size <= limit) return true;
        fail(size == 0 ? errc::empty_header : errc::header_too_large, frame_part::length, size,
             limit, 0);
        fault_.length_order = order;
        return false;
    }

    /// Judges all that the text alone shows.
    bool accept_header(const header_scan& scan, std::size_t size) noexcept {
        if (scan.error == errc{}) return true;
        const bool deep = scan.error == errc::header_too_deep;
        fail(scan.error, frame_part::header, deep ? scan.depth : size,
             deep ? (std::min)(limits_.max_depth, deepest) : limits_.max_header_size,
             scan.position());
        return false;
    }

    bool accept_body(std::uint64_t size, std::uint64_t limit) noexcept {
        if (size <= limit) return true;
        fail(errc::body_too_large, frame_part::body, size, limit, 0);
        return false;
    }

    void refuse(std::size_t header_size, const mismatch& why) noexcept {
        fail(errc::header_mismatch, frame_part::header, header_size, limits_.max_header_size,
             header_size);
        fault_.member = why.member;
        fault_.expected = why.expected;
        // Of a value no more than its kind is told, but of a number, which says nothing else.
        const std::string_view text = why.expected.empty() ? "" : kind_of(why.found);
        std::copy_n(text.data(), (std::min)(text.size(), fault_.found.size() - 1),
                    fault_.found.data());
    }

    /// The last verdict is about that member.
    void blame(std::string_view member) noexcept { fault_.member = member; }

    /// The input ended when `had` bytes of a `part` of `size` bytes had come.
    void truncated(frame_part part, std::uint64_t size, std::uint64_t had) noexcept {
        fail(errc::truncated, part, size, 0, had);
    }

    void trailing(std::uint64_t frame, std::uint64_t datagram) noexcept {
        fail(errc::trailing_data, frame_part::body, frame, frame, datagram);
    }

    void out_of_memory() noexcept { fail(errc::out_of_memory, frame_part::length, 0, 0, 0); }

    /// A frame of `size` bytes is over; the next one starts behind it.
    void pass(std::uint64_t size) noexcept {
        offset_ += size;
        ++frame_;
    }

    /// The next frame starts behind `size` bytes that are in none.
    void skip(std::uint64_t size) noexcept { offset_ += size; }

    /// Takes back the last verdict: its frame is skipped on purpose.
    void pardon() noexcept { fault_ = {}; }

private:
    [[nodiscard]] static std::string_view kind_of(std::string_view json) noexcept {
        if (json.empty()) return "missing";
        switch (json.front()) {
        case '"': return "a string";
        case '{': return "an object";
        case '[': return "an array";
        default: return json;
        }
    }

    static constexpr std::uint64_t longest = (std::numeric_limits<std::uint32_t>::max)();

    void fail(errc code, frame_part part, std::uint64_t declared, std::uint64_t limit,
              std::uint64_t position) noexcept {
        assert(!fault_ && "the first fault is final");
        fault_ = {code, part, offset_, frame_, declared, limit, position};
    }

    limits limits_;
    std::uint64_t offset_ = 0; // where the frame at hand starts
    fault fault_;
    std::uint64_t frame_ = 0; // how many came before it
};

} // namespace framing::inline v0::detail
