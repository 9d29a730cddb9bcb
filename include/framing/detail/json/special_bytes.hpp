// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/text_block.hpp>
#include <framing/detail/words.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace framing::inline v0::detail {

/// Whether the byte cannot stand for itself in a JSON string: a quote, a backslash, a control byte;
/// or non-ASCII, which may, but has to be looked at.
[[nodiscard]] constexpr bool is_special(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
}

/// The highest bit of each byte of `word` that is special.
[[nodiscard]] constexpr std::uint64_t specials_of(std::uint64_t word) noexcept {
    constexpr auto high = every_byte<std::uint64_t>(0x80);
    // The highest bit of exactly the bytes that are zero.
    const auto zeros = [](std::uint64_t x) { return ~(((x & ~high) + ~high) | x | ~high); };
    return zeros(word ^ every_byte<std::uint64_t>('"')) |
           zeros(word ^ every_byte<std::uint64_t>('\\')) |
           zeros(word & every_byte<std::uint64_t>(0xe0)) | (word & high);
}

/// Gathers the highest bits of eight bytes.
[[nodiscard]] constexpr std::uint64_t one_bit_a_byte(std::uint64_t highest) noexcept {
    return (highest >> 7) * 0x0102040810204080 >> 56;
}

/// Text, and how many bytes behind it may be looked at, too, whatever they say.
struct padded_text {
    std::string_view text;
    std::size_t slack = 0;

    /// Where what may be looked at ends.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr const char* last() const noexcept {
        return text.data() + text.size() + slack;
    }
};

/// How many bytes a mask tells of.
inline constexpr std::ptrdiff_t mask_size = 64;

/// As special_mask, right on every machine and also where no 64 bytes are left.
[[nodiscard]] FRAMING_NOINLINE constexpr std::uint64_t
special_mask_of_tail(const char* at, const char* last) noexcept {
    const std::ptrdiff_t left = last - at;
#if FRAMING_HAS_VECTORS
    if (!std::is_constant_evaluated()) {
        const std::uint64_t padding = ~std::uint64_t{0} << left;
        return text_block::padded_specials(at, static_cast<std::size_t>(left)) & ~padding;
    }
#endif
    std::uint64_t mask = 0;
    std::ptrdiff_t place = 0;
    for (; place < mask_size && left - place >= 8; place += 8)
        mask |= one_bit_a_byte(specials_of(load_word<std::uint64_t>(at + place))) << place;
    for (; place < mask_size && place < left; ++place)
        mask |= std::uint64_t{is_special(at[place])} << place;
    return mask;
}

/// A bit for each of the up to 64 bytes from `at` on that is special, the lowest for the first.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr std::uint64_t
special_mask(const char* at, const char* last) noexcept {
#if FRAMING_HAS_VECTORS
    if (!std::is_constant_evaluated() && last - at >= mask_size)
        return text_block::specials<mask_size>(at);
#endif
    return special_mask_of_tail(at, last);
}

/// The special bytes of a text of 1 to mask_size - 1 bytes, one after the other: where one is
/// does not depend on where the last one was.
class few_special_bytes {
public:
    FRAMING_ALWAYS_INLINE constexpr explicit few_special_bytes(padded_text padded) noexcept
        : first_(padded.text.data()), mask_(look(padded)) {}

    /// The next one, or a place behind the text.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr const char* take() noexcept {
        // A bit that is always there spares the question whether there is any.
        const char* const taken =
            first_ + static_cast<unsigned>(std::countr_zero(mask_ | behind_all));
        mask_ &= mask_ - 1;
        return taken;
    }

private:
    [[nodiscard]] FRAMING_ALWAYS_INLINE static constexpr std::uint64_t
    look(padded_text padded) noexcept {
        const char* const first = padded.text.data();
#if FRAMING_HAS_VECTORS
        if (!std::is_constant_evaluated() && padded.text.size() <= 32 &&
            padded.last() - first >= 32)
            return text_block::specials<32>(first);
#endif
        return special_mask(first, padded.last());
    }

    static constexpr std::uint64_t behind_all = std::uint64_t{1} << (mask_size - 1);

    const char* first_;
    std::uint64_t mask_;
};

/// Finds the special bytes of a text from front to back, 64 at a time, and never reads outside
/// it. A string then costs one count of trailing zeros.
class special_bytes {
public:
    FRAMING_ALWAYS_INLINE constexpr special_bytes(const char* first, const char* last) noexcept
        : last_(last), window_(first), mask_(special_mask(first, last)) {}

    /// The first special byte at or after `at`, or the end of the text. `at` never goes back.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr const char* next(const char* at) noexcept {
        const std::ptrdiff_t place = at - window_;
        if (place < mask_size) {
            const std::uint64_t rest = mask_ >> place;
            if (rest != 0) return at + std::countr_zero(rest);
            if (last_ - window_ <= mask_size) return last_;
            at = window_ + mask_size;
        }
        const found next = next_window(at, last_);
        window_ = next.window;
        mask_ = next.mask;
        return mask_ != 0 ? window_ + std::countr_zero(mask_) : last_;
    }

private:
    struct found {
        const char* window;
        std::uint64_t mask;
    };

    /// The first window from `at` on with anything in it. Static, so that an object whose other
    /// functions are inlined can live in registers.
    [[nodiscard]] FRAMING_NOINLINE static constexpr found next_window(const char* at,
                                                                      const char* last) noexcept {
        while (true) {
            if (const std::uint64_t mask = special_mask(at, last); mask != 0) return {at, mask};
            if (last - at <= mask_size) return {last, 0};
            at += mask_size;
        }
    }

    const char* last_;
    const char* window_; // mask_ tells of the bytes from here on
    std::uint64_t mask_;
};

} // namespace framing::inline v0::detail
