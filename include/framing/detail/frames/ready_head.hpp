// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_view.hpp>
#include <framing/wire.hpp>

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
    /// Pre: check() has found nothing.
    FRAMING_ALWAYS_INLINE ready_head(const header_view& header, std::uint64_t body_size) noexcept
        : text_(header.text()), body_size_(body_size),
          adds_size_((body_size != 0 || Format::says_zero) && !says_size(header)) {
        if (!adds_size_) return;
        while (text_.front() != '{') text_.remove_prefix(1);
        do text_.remove_prefix(1);
        while (text_.front() <= ' ');
        digits_ = count_digits(body_size);
    }

    /// Why it cannot be sent, if so.
    [[nodiscard]] static errc check(const header_view& header, std::uint64_t body_size,
                                    std::size_t max_depth) noexcept {
        if (header_view_access::depth(header) > max_depth) return errc::header_too_deep;
        if (!says_other_size(header, body_size)) return {};
        return errc::body_size_mismatch;
    }

    /// Without the prefix.
    [[nodiscard]] std::uint64_t header_size() const noexcept {
        const std::uint64_t size = text_.size(); // with more it may be longer than memory
        if (!adds_size_) return size;
        return opening.size() + digits_ + (text_.front() == '}' ? 0 : 1) + size;
    }

    /// `at` is good for the prefix and the header.
    FRAMING_ALWAYS_INLINE void write(std::byte* at) const noexcept {
        store_prefix(static_cast<std::uint32_t>(header_size()),
                     std::span<std::byte, prefix_size>(at, prefix_size), Format::length_order);
        char* to = reinterpret_cast<char*>(at) + prefix_size;
        if (adds_size_) {
            std::memcpy(to, opening.data(), opening.size());
            to += opening.size();
            char* digit = to += digits_;
            std::uint64_t rest = body_size_;
            do *--digit = static_cast<char>('0' + rest % 10);
            while ((rest /= 10) != 0);
            if (text_.front() != '}') *to++ = ',';
        }
        std::memcpy(to, text_.data(), text_.size());
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

    [[nodiscard]] static bool says_size(const header_view& header) noexcept {
        if (says_nothing(header)) return false;
        return is_known(header) || !size_key_in<Format>(header.text()).empty();
    }

    [[nodiscard]] static bool says_other_size(const header_view& header,
                                              std::uint64_t body_size) noexcept {
        if (says_nothing(header)) return false;
        if (is_known(header)) return header.body_size() != body_size;
        const header_scan scan = scan_header<Format>(header.text(), deepest);
        return scan.error != errc{} || (scan.has_body_size && scan.body_size() != body_size);
    }

    [[nodiscard]] static std::size_t count_digits(std::uint64_t value) noexcept {
        std::size_t digits = 1;
        for (; value >= 10; value /= 10) ++digits;
        return digits;
    }

    std::string_view text_; // what is left of it to be written
    std::uint64_t body_size_;
    bool adds_size_;
    std::size_t digits_ = 0;
};

} // namespace framing::inline v0::detail
