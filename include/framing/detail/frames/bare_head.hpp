// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/words.hpp>
#include <framing/limits.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace framing::inline v0::detail {

/// Prefix and header of a frame that says nothing but the size of its body, from 1 to 99999 bytes:
/// `{"body_size":N}`, written just so.
struct bare_head {
    std::uint32_t size = 0; // with the prefix; 0: it is another head, or needs a closer look
    std::uint32_t body_size = 0;
};

/// How far read_bare_head looks, whatever the size of the head.
inline constexpr std::size_t bare_head_reach = 24;

/// The largest body of a bare head that `limits` allow without a closer look; 0 for none.
[[nodiscard]] inline std::uint32_t bare_body_limit(const limits& limits) noexcept {
    constexpr std::size_t longest = sizeof R"({"body_size":99999})" - 1;
    if (limits.max_depth == 0 || limits.max_header_size < longest) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(limits.max_body_size, 99999));
}

/// Reads `Digits` digits and the brace behind them. Where the next frame starts depends on this
/// sum, so that its steps are few: the checks do not delay it.
template <std::size_t Digits>
[[nodiscard]] FRAMING_ALWAYS_INLINE inline bare_head read_bare_size(const char* at) noexcept {
    std::uint32_t body_size = 0;
    bool wrong = at[Digits] != '}';
    for (std::uint32_t i = Digits, power = 1; i-- != 0; power *= 10) {
        const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) - '0';
        wrong |= i == 0 ? digit - 1 > 8 : digit > 9; // no number starts with 0
        body_size += digit * power;
    }
    constexpr std::size_t size = prefix_size + sizeof R"({"body_size":})" - 1 + Digits;
    return wrong ? bare_head{} : bare_head{size, body_size};
}

/// Checks and reads a bare head in a handful of words: what a whole scan would say of it too. `at`
/// is good for bare_head_reach bytes.
[[nodiscard]] FRAMING_ALWAYS_INLINE inline bare_head read_bare_head(const char* at) noexcept {
    constexpr std::string_view opening{"\0\0\0\0{\"body_size\":", 17};
    // The length's lowest byte becomes the word's; where anything else differs the word is huge.
    const std::uint64_t length =
        std::rotr(load_word<std::uint64_t>(at) ^ load_word<std::uint64_t>(opening.data()), 24);
    if (load_word<std::uint64_t>(at + 8) != load_word<std::uint64_t>(opening.data() + 8) ||
        at[16] != opening[16])
        return {};
    // A branch on the number of digits can be foreseen; a shift by it would have to be waited for.
    at += opening.size();
    const std::uint64_t digits = length - (sizeof R"({"body_size":})" - 1);
    if (digits == 2) return read_bare_size<2>(at);
    if (digits == 3) return read_bare_size<3>(at);
    if (digits == 4) return read_bare_size<4>(at);
    if (digits == 5) return read_bare_size<5>(at);
    return digits == 1 ? read_bare_size<1>(at) : bare_head{};
}

} // namespace framing::inline v0::detail
