// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#define FRAMING_HAS_VECTORS 1
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#define FRAMING_HAS_VECTORS 1
#else
#define FRAMING_HAS_VECTORS 0
#endif

#if FRAMING_HAS_VECTORS

namespace framing::inline v0::detail {

/// 64 bytes of text in vector registers.
class text_block {
public:
    static constexpr std::size_t size = 64;

    /// `at` is good for 64 bytes.
    FRAMING_ALWAYS_INLINE explicit text_block(const char* at) noexcept {
        for (int i = 0; i < 4; ++i) parts_[i] = load(at + 16 * i);
    }

    /// The first `count` bytes at `at`, at most 64, and zeros behind them.
    [[nodiscard]] static text_block padded(const char* at, std::size_t count) noexcept {
        char bytes[size]{};
        if (count != 0) std::memcpy(bytes, at, count);
        return text_block(bytes);
    }

    /// What cannot stand for itself in a JSON string: quote, backslash, control byte, non-ASCII. A
    /// bit for each byte, the lowest for the first.
    [[nodiscard]] FRAMING_ALWAYS_INLINE std::uint64_t specials() const noexcept {
        return bits([](vector part) {
            return both(both(equal_in(part, '"'), equal_in(part, '\\')), no_plain_ascii_in(part));
        });
    }

private:
#if defined(__SSE2__)
    using vector = __m128i;

    FRAMING_ALWAYS_INLINE static vector load(const char* at) noexcept {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    }
    FRAMING_ALWAYS_INLINE static vector both(vector a, vector b) noexcept {
        return _mm_or_si128(a, b);
    }
    FRAMING_ALWAYS_INLINE static vector equal_in(vector part, char c) noexcept {
        return _mm_cmpeq_epi8(part, _mm_set1_epi8(c));
    }
    /// Read as signed, control bytes and non-ASCII are both below 0x20.
    FRAMING_ALWAYS_INLINE static vector no_plain_ascii_in(vector part) noexcept {
        return _mm_cmplt_epi8(part, _mm_set1_epi8(0x20));
    }
    template <class Find>
    FRAMING_ALWAYS_INLINE std::uint64_t bits(Find find) const noexcept {
        const auto part = [&](int i) -> std::uint64_t {
            return static_cast<unsigned>(_mm_movemask_epi8(find(parts_[i])));
        };
        return part(0) | part(1) << 16 | part(2) << 32 | part(3) << 48;
    }
#else
    using vector = uint8x16_t;

    FRAMING_ALWAYS_INLINE static vector load(const char* at) noexcept {
        return vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    }
    FRAMING_ALWAYS_INLINE static vector both(vector a, vector b) noexcept {
        return vorrq_u8(a, b);
    }
    FRAMING_ALWAYS_INLINE static vector equal_in(vector part, char c) noexcept {
        return vceqq_u8(part, vdupq_n_u8(static_cast<std::uint8_t>(c)));
    }
    /// Read as signed, control bytes and non-ASCII are both below 0x20.
    FRAMING_ALWAYS_INLINE static vector no_plain_ascii_in(vector part) noexcept {
        return vcltq_s8(vreinterpretq_s8_u8(part), vdupq_n_s8(0x20));
    }
    /// One bit is kept of each byte, and neighbours are added up until eight share a byte.
    template <class Find>
    FRAMING_ALWAYS_INLINE std::uint64_t bits(Find find) const noexcept {
        constexpr std::uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                              1, 2, 4, 8, 16, 32, 64, 128};
        const auto weight = vld1q_u8(weights);
        const auto part = [&](int i) { return vandq_u8(find(parts_[i]), weight); };
        const auto fours = vpaddq_u8(vpaddq_u8(part(0), part(1)), vpaddq_u8(part(2), part(3)));
        return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)), 0);
    }
#endif

    vector parts_[4];
};

} // namespace framing::inline v0::detail

#endif
