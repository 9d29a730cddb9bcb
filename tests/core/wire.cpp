// SPDX-License-Identifier: MIT
#include <framing/wire.hpp>

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

using prefix = std::array<std::byte, framing::prefix_size>;

namespace {
constexpr prefix stored(std::uint32_t header_size) {
    prefix bytes{};
    framing::store_prefix(header_size, bytes);
    return bytes;
}
} // namespace

static_assert(framing::load_prefix(stored(0x89abcdef)) == 0x89abcdef, "both are constexpr");

TEST_CASE("the prefix is four bytes in network order") {
    constexpr prefix wanted{std::byte{0x89}, std::byte{0xab}, std::byte{0xcd}, std::byte{0xef}};
    CHECK(stored(0x89abcdef) == wanted);
}

TEST_CASE("load_prefix reads what store_prefix wrote, whichever bits are set") {
    for (int bit = 0; bit < 32; ++bit) {
        CAPTURE(bit);
        const std::uint32_t one = std::uint32_t{1} << bit;
        for (const std::uint32_t size : {one, one - 1, ~one}) {
            const prefix bytes = stored(size);
            CHECK(framing::load_prefix(bytes) == size);
        }
    }
}

TEST_CASE("a length in little-endian order is the same bytes from the other end") {
    for (int bit = 0; bit < 32; ++bit) {
        CAPTURE(bit);
        const std::uint32_t one = std::uint32_t{1} << bit;
        prefix bytes{};
        framing::store_prefix(one, bytes, std::endian::little);
        CHECK(framing::load_prefix(bytes, std::endian::little) == one);
        CHECK(framing::load_prefix(bytes) == std::uint32_t{1} << (24 - bit / 8 * 8 + bit % 8));
    }
}
