// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/number.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/words.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_view.hpp>
#include <framing/wire.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace framing::inline v0::detail {

/// Prefix and header of a frame whose header is text already checked: as it is, but for a body_size
/// it does not say yet. Knows its size first, so that it is written where it stays.
template <wire_format Format = formats::standard>
class ready_head {
public:
    /// Takes a header for a body of that size. Returns: why it cannot be sent, if so.
    [[nodiscard]] FRAMING_ALWAYS_INLINE errc set(const header_view& header, std::uint64_t body_size,
                                                 std::size_t max_depth) noexcept {
        if (header_view_access::depth(header) > max_depth) return errc::header_too_deep;
        const said size = size_said(header, body_size);
        if (size == said::other) return errc::body_size_mismatch;
        text_ = header.text();
        body_size_ = body_size;
        adds_size_ = size == said::nothing && (body_size != 0 || Format::says_zero);
        header_size_ = 0;
        if (adds_size_) {
            while (text_.front() != '{') text_.remove_prefix(1);
            do text_.remove_prefix(1);
            while (text_.front() <= ' ');
            digits_ = count_digits(body_size);
            header_size_ = opening.size() + digits_ + (text_.front() == '}' ? 0 : 1);
        }
        header_size_ += text_.size();
        return {};
    }

    /// Without the prefix. May be longer than memory.
    [[nodiscard]] std::uint64_t header_size() const noexcept { return header_size_; }
    /// With it.
    [[nodiscard]] std::size_t size() const noexcept {
        return prefix_size + static_cast<std::size_t>(header_size_);
    }

    /// `at` is good for the prefix and the header.
    FRAMING_ALWAYS_INLINE void write(std::byte* at) const noexcept {
        store_prefix(static_cast<std::uint32_t>(header_size_),
                     std::span<std::byte, prefix_size>(at, prefix_size), Format::length_order);
        char* to = reinterpret_cast<char*>(at) + prefix_size;
        if (adds_size_) {
            std::memcpy(to, opening.data(), opening.size());
            to += opening.size();
            to = std::to_chars(to, to + digits_, body_size_).ptr;
            if (text_.front() != '}') *to++ = ',';
        }
        copy_bytes(to, text_.data(), text_.size());
    }

private:
    static constexpr bool is_standard = std::same_as<Format, formats::standard>;
    static constexpr const auto& opening = size_opening<Format>;

    /// Whether the view was read as this format reads it.
    [[nodiscard]] static bool is_known(const header_view& header) noexcept {
        return is_standard && !header_view_access::is_of_other_format(header);
    }
    /// Whether it was, and has no size.
    [[nodiscard]] static bool says_nothing(const header_view& header) noexcept {
        return is_standard && !header_view_access::may_have_body_size(header);
    }

    enum class said { nothing, this_size, other };

    /// What the header says of a body of that size.
    [[nodiscard]] FRAMING_ALWAYS_INLINE static said size_said(const header_view& header,
                                                              std::uint64_t body_size) noexcept {
        if (says_nothing(header)) return said::nothing;
        if (is_known(header))
            return header.body_size() == body_size ? said::this_size : said::other;
        return size_found(header, body_size);
    }
    [[nodiscard]] FRAMING_NOINLINE static said size_found(const header_view& header,
                                                          std::uint64_t body_size) noexcept {
        const header_scan scan = scan_header<Format>(header.text(), deepest);
        if (scan.error != errc{}) return said::other;
        if (!scan.has_body_size) return said::nothing;
        return scan.body_size() == body_size ? said::this_size : said::other;
    }

    std::string_view text_; // what is left of it to be written
    std::uint64_t body_size_ = 0;
    bool adds_size_ = false;
    std::size_t digits_ = 0;
    std::uint64_t header_size_ = 0;
};

} // namespace framing::inline v0::detail
