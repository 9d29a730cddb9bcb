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

/// Whether any of 16 bytes is special.
[[nodiscard]] FRAMING_ALWAYS_INLINE inline bool has_special(std::uint64_t first,
                                                            std::uint64_t second) noexcept {
#if FRAMING_HAS_VECTORS
    return text_block::any_special(first, second);
#else
    return (specials_of(first) | specials_of(second)) != 0;
#endif
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

/// The special bytes of a text, one after the other: where one is does not depend on where the last
/// one was. Behind them stands the end of the text, which is taken no more than once.
class special_bytes_in_turn {
public:
    FRAMING_ALWAYS_INLINE constexpr explicit special_bytes_in_turn(padded_text padded) noexcept
        : end_(padded.text.data() + padded.text.size()), last_(padded.last()),
          window_(first_window(padded)) {}

    /// The next one.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr const char* take() noexcept {
        if (window_.mask == 0) window_ = window_behind(window_.at, end_, last_);
        const char* const taken = window_.at + lowest_bit(window_.mask);
        window_.mask &= window_.mask - 1;
        return taken;
    }
    /// Steps over the next one.
    FRAMING_ALWAYS_INLINE constexpr void skip() noexcept {
        if (window_.mask == 0) window_ = window_behind(window_.at, end_, last_);
        window_.mask &= window_.mask - 1;
    }

private:
    struct window {
        const char* at;
        std::uint64_t mask; // of the bytes from there on that are not taken yet
    };

    [[nodiscard]] FRAMING_ALWAYS_INLINE static constexpr window
    first_window(padded_text padded) noexcept {
        const char* const first = padded.text.data();
        const std::uint64_t end = end_in(first, first + padded.text.size());
#if FRAMING_HAS_VECTORS
        if (!std::is_constant_evaluated() && padded.text.size() <= 32 &&
            padded.last() - first >= 32)
            return {first, text_block::specials<32>(first) | end};
#endif
        return {first, special_mask(first, padded.last()) | end};
    }

    /// The next window with anything in it. Static, so that the object can live in registers.
    [[nodiscard]] FRAMING_NOINLINE static constexpr window
    window_behind(const char* at, const char* end, const char* last) noexcept {
        std::uint64_t mask = 0;
        do {
            at += mask_size;
            mask = special_mask(at, last) | end_in(at, end);
        } while (mask == 0);
        return {at, mask};
    }

    /// The bit of the end, if it is in the window from `at` on.
    [[nodiscard]] FRAMING_ALWAYS_INLINE static constexpr std::uint64_t
    end_in(const char* at, const char* end) noexcept {
        const std::ptrdiff_t place = end - at;
        return place < mask_size ? std::uint64_t{1} << place : 0;
    }

    const char* end_;
    const char* last_;
    window window_;
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
