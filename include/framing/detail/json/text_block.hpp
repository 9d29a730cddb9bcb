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

/// Looks at many bytes of text at once, in vector registers.
class text_block {
public:
    static constexpr std::size_t size = 64;

    /// What cannot stand for itself in a JSON string: quote, backslash, control byte, non-ASCII. A
    /// bit for each of `Count` bytes from `at` on, the lowest for the first.
    template <int Count>
    [[nodiscard]] FRAMING_ALWAYS_INLINE static std::uint64_t specials(const char* at) noexcept {
        static_assert(Count == 32 || Count == 64);
        return bits<Count>([at](int place) { return special_in(load(at + place)); });
    }

    /// Whether any of 16 bytes is such a one.
    [[nodiscard]] FRAMING_ALWAYS_INLINE static bool any_special(std::uint64_t first,
                                                                std::uint64_t second) noexcept {
        return any(special_in(words(first, second)));
    }

    /// As above of 64 bytes, of which only the first `count` are at `at`, and zeros behind them.
    [[nodiscard]] static std::uint64_t padded_specials(const char* at, std::size_t count) noexcept {
        char bytes[size]{};
        if (count != 0) std::memcpy(bytes, at, count);
        return specials<64>(bytes);
    }

private:
#if defined(__SSE2__)
    using vector = __m128i;

    FRAMING_ALWAYS_INLINE static vector words(std::uint64_t first, std::uint64_t second) noexcept {
        return _mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first));
    }
    FRAMING_ALWAYS_INLINE static bool any(vector found) noexcept {
        return _mm_movemask_epi8(found) != 0;
    }

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
    template <int Count, class Find>
    FRAMING_ALWAYS_INLINE static std::uint64_t bits(Find find) noexcept {
        const auto part = [&](int place) -> std::uint64_t {
            return static_cast<unsigned>(_mm_movemask_epi8(find(place)));
        };
        const std::uint64_t low = part(0) | part(16) << 16;
        if constexpr (Count == 32)
            return low;
        else
            return low | part(32) << 32 | part(48) << 48;
    }
#else
    using vector = uint8x16_t;

    FRAMING_ALWAYS_INLINE static vector words(std::uint64_t first, std::uint64_t second) noexcept {
        return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(first), vcreate_u64(second)));
    }
    FRAMING_ALWAYS_INLINE static bool any(vector found) noexcept {
        return vmaxvq_u8(found) != 0;
    }

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
    template <int Count, class Find>
    FRAMING_ALWAYS_INLINE static std::uint64_t bits(Find find) noexcept {
        constexpr std::uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                              1, 2, 4, 8, 16, 32, 64, 128};
        const auto weight = vld1q_u8(weights);
        const auto part = [&](int place) { return vandq_u8(find(place), weight); };
        const auto low = vpaddq_u8(part(0), part(16));
        if constexpr (Count == 32) {
            const auto fours = vpaddq_u8(low, low);
            return vgetq_lane_u32(vreinterpretq_u32_u8(vpaddq_u8(fours, fours)), 0);
        } else {
            const auto fours = vpaddq_u8(low, vpaddq_u8(part(32), part(48)));
            return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)), 0);
        }
    }
#endif

    FRAMING_ALWAYS_INLINE static vector special_in(vector part) noexcept {
        return both(both(equal_in(part, '"'), equal_in(part, '\\')), no_plain_ascii_in(part));
    }
};

} // namespace framing::inline v0::detail

#endif
