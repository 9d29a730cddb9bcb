// SPDX-License-Identifier: MIT
#pragma once

#include <framing/wire.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace framing::inline v0 {

namespace detail {

/// Whether each stands in JSON as it is, and none twice.
template <std::size_t Size>
[[nodiscard]] constexpr bool are_plain_names(const std::array<std::string_view, Size>& names) {
    for (std::size_t i = 0; i < Size; ++i) {
        if (std::find(names.begin(), names.begin() + i, names[i]) != names.begin() + i)
            return false;
        for (const char c : names[i])
            if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return Size != 0;
}

} // namespace detail

/// Which wire: how a frame says its two sizes. A parameter of encoder, decoder, reassembler and
/// decode_datagram; one of your own is a struct with the constants that `formats::lesson` has.
template <class T>
concept wire_format = requires {
    { T::length_order } -> std::convertible_to<std::endian>;
    { T::size_keys.front() } -> std::convertible_to<std::string_view>;
    { T::says_zero } -> std::convertible_to<bool>;
}
&&detail::are_plain_names(T::size_keys);

/// The wires that have a name.
namespace formats {

/// The wire of wire.hpp, which is what all programs here speak unasked.
struct standard {
    /// Network order.
    static constexpr std::endian length_order = std::endian::big;
    /// `body_size` alone.
    static constexpr std::array<std::string_view, 1> size_keys{body_size_key};
    /// A header that says no size has no body.
    static constexpr bool says_zero = false;
};

/// The wire of the programs that were written after the widely copied lesson on sticky packets:
/// `struct.pack("i", len(header))`, the JSON of `{"data_size": len(body)}`, the body.
struct lesson {
    /// The order of the four bytes of the header length.
    static constexpr std::endian length_order = std::endian::little;
    /// The members that can say the size of the body: ASCII, one of them, once, in a header. An
    /// encoder takes the first where a header has none.
    static constexpr std::array<std::string_view, 3> size_keys{"data_size", "file_size",
                                                               "total_size"};
    /// Whether an encoder also says that there is no body, for peers who always ask.
    static constexpr bool says_zero = true;
};

} // namespace formats

namespace detail {

/// How a header begins that says the size of its body first.
template <wire_format Format>
inline constexpr auto size_opening = [] {
    constexpr std::string_view key = Format::size_keys.front();
    std::array<char, key.size() + 4> text{'{', '"'};
    char* const end = std::copy(key.begin(), key.end(), text.data() + 2);
    end[0] = '"';
    end[1] = ':';
    return text;
}();

} // namespace detail

} // namespace framing::inline v0
