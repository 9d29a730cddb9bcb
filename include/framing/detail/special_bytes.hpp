// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace framing::inline v0::detail {

/// Which bytes of a JSON string end a plain run of it.
enum class stops {
    /// Quote, backslash, control byte, non-ASCII: what text from a stranger must be checked for.
    unchecked,
    /// Quote, backslash: what text already checked still has to be read for.
    checked,
};

/// Finds the stops of a text from front to back, 64 bytes at a time, and never reads outside it.
/// A string then costs one count of trailing zeros.
template <stops Stops>
class special_bytes {
public:
    constexpr special_bytes(const char* first, const char* last) noexcept
        : first_(first), last_(last), window_(first) {
        mask_ = look(window_);
    }

    /// The first stop at or after `at`, or the end of the text. `at` never goes back.
    [[nodiscard]] constexpr const char* next(const char* at) noexcept {
        while (true) {
            if (at - window_ >= window_size) {
                if (at >= last_) return last_;
                window_ = at;
                mask_ = look(at);
            }
            const std::uint64_t rest = mask_ >> (at - window_);
            if (rest != 0) return at + std::countr_zero(rest);
            if (last_ - window_ <= window_size) return last_;
            at = window_ + window_size;
        }
    }

private:
    static constexpr std::ptrdiff_t window_size = 64;

    /// A bit for each of the up to 64 bytes from `at` on, the lowest for the first.
    [[nodiscard]] constexpr std::uint64_t look(const char* at) const noexcept {
#ifdef __SSE2__
        if (!std::is_constant_evaluated()) return look_sse2(at);
#endif
        return look_portably(at);
    }

    /// Eight bytes at a time in one register; right on every machine.
    [[nodiscard]] constexpr std::uint64_t look_portably(const char* at) const noexcept {
        std::uint64_t mask = 0;
        int position = 0;
        for (; position + 8 <= window_size && last_ - at >= 8; position += 8, at += 8) {
            std::uint64_t word = 0;
            for (int i = 0; i < 8; ++i)
                word |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
            mask |= stops_in(word) << position;
        }
        for (; position < window_size && at < last_; ++position, ++at)
            mask |= std::uint64_t{is_stop(*at)} << position;
        return mask;
    }

    [[nodiscard]] static constexpr bool is_stop(char c) noexcept {
        if (c == '"' || c == '\\') return true;
        const auto byte = static_cast<unsigned char>(c);
        return Stops == stops::unchecked && (byte < 0x20 || byte >= 0x80);
    }

    /// One bit for each byte of the word, the lowest for the lowest byte.
    [[nodiscard]] static constexpr std::uint64_t stops_in(std::uint64_t word) noexcept {
        constexpr std::uint64_t every = 0x0101010101010101;
        constexpr std::uint64_t high = 0x80 * every;
        // 0x80 in exactly the bytes that are zero.
        const auto zeros = [](std::uint64_t x) { return ~(((x & ~high) + ~high) | x | ~high); };
        std::uint64_t found = zeros(word ^ (every * '"')) | zeros(word ^ (every * '\\'));
        if constexpr (Stops == stops::unchecked)
            found |= zeros(word & (every * 0xe0)) | (word & high);
        return (found >> 7) * 0x0102040810204080 >> 56;
    }

#ifdef __SSE2__
    [[nodiscard]] std::uint64_t look_sse2(const char* at) const noexcept {
        const std::ptrdiff_t size = last_ - at;
        if (size >= window_size)
            return stops_in(load(at)) | stops_in(load(at + 16)) << 16 |
                   stops_in(load(at + 32)) << 32 | stops_in(load(at + 48)) << 48;
        if (last_ - first_ < 16) return look_portably(at);
        // The last 16 bytes of the text overlap what was looked at before.
        const std::uint64_t tail = stops_in(load(last_ - 16));
        if (size < 16) return tail >> (16 - size);
        std::uint64_t mask = stops_in(load(at)) | tail << (size - 16);
        if (size > 32) mask |= stops_in(load(at + 16)) << 16;
        if (size > 48) mask |= stops_in(load(at + 32)) << 32;
        return mask;
    }

    [[nodiscard]] static __m128i load(const char* at) noexcept {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    }

    [[nodiscard]] static std::uint64_t stops_in(__m128i bytes) noexcept {
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        // Read as signed, control bytes and non-ASCII are both below 0x20.
        if constexpr (Stops == stops::unchecked)
            found = _mm_or_si128(found, _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
        return static_cast<unsigned>(_mm_movemask_epi8(found));
    }
#endif

    const char* first_;
    const char* last_;
    const char* window_; // mask_ tells of the bytes from here on
    std::uint64_t mask_ = 0;
};

} // namespace framing::inline v0::detail
