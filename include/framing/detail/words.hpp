// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace framing::inline v0::detail {

/// The constructor that takes these two is not there before libc++ 14.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr std::string_view
text_between(const char* first, const char* last) noexcept {
    return {first, static_cast<std::size_t>(last - first)};
}

/// The bytes from `at` on as one number, the first its lowest, on every machine.
template <class Word>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr Word load_word(const char* at) noexcept {
    Word word = 0;
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    for (unsigned i = 0; i < sizeof word; ++i)
        word |= static_cast<Word>(Word{static_cast<unsigned char>(at[i])} << (8 * i));
    return word;
}

/// A word of which every byte is `byte`.
template <class Word>
[[nodiscard]] constexpr Word every_byte(unsigned char byte) noexcept {
    return static_cast<Word>(static_cast<Word>(-1) / 0xff * byte);
}

/// Copies the first and the last bytes, which are all where `size` is at most twice `Part`.
/// Pre: it is `Part` at least.
template <std::size_t Part>
FRAMING_ALWAYS_INLINE inline void copy_ends(char* to, const char* from, std::size_t size) noexcept {
    std::memcpy(to, from, Part);
    std::memcpy(to + size - Part, from + size - Part, Part);
}

/// As memcpy, without a call where it is short.
FRAMING_ALWAYS_INLINE inline void copy_bytes(char* to, const char* from,
                                             std::size_t size) noexcept {
    if (size > 32)
        std::memcpy(to, from, size);
    else if (size >= 16)
        copy_ends<16>(to, from, size);
    else if (size >= 8)
        copy_ends<8>(to, from, size);
    else if (size >= 4)
        copy_ends<4>(to, from, size);
    else if (size >= 2)
        copy_ends<2>(to, from, size);
    else if (size == 1)
        *to = *from;
}

/// The place of the lowest bit that is set. Pre: there is one.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr unsigned lowest_bit(std::uint64_t bits) noexcept {
#ifdef __GNUC__
    return static_cast<unsigned>(__builtin_ctzll(bits));
#else
    return static_cast<unsigned>(std::countr_zero(bits));
#endif
}

/// Whether `text` is that constant. Its size is known here, so that no call is made.
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool is_literal(std::string_view text,
                                                              std::string_view literal) noexcept {
    return text.size() == literal.size() &&
           std::char_traits<char>::compare(text.data(), literal.data(), literal.size()) == 0;
}

} // namespace framing::inline v0::detail
