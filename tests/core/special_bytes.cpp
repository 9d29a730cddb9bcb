// SPDX-License-Identifier: MIT
#include <framing/detail/json/special_bytes.hpp>
#include <framing/detail/words.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

using framing::detail::every_byte;
using framing::detail::has_special;
using framing::detail::special_bytes;
using framing::detail::special_bytes_in_turn;

namespace {

constexpr bool is_special(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '"' || c == '\\' || byte < 0x20 || byte > 0x7f;
}

/// Asks for every special byte of a text in turn. Returns: whether each answer is the right one.
constexpr bool finds_all(std::string_view text) {
    const char* at = text.data();
    const char* last = at + text.size();
    special_bytes specials(at, last);
    while (true) {
        const char* found = specials.next(at);
        if (found != std::find_if(at, last, is_special)) return false;
        if (found == last) return true;
        at = found + 1;
    }
}

/// As a compiler does it, which never takes the path of the vector registers.
template <std::size_t Size>
constexpr bool found_at_compile_time() {
    for (std::size_t place = 0; place < Size; ++place)
        for (const char special : {'"', '\x1f', '\x80'}) {
            std::array<char, Size> text{};
            text.fill('x');
            text[place] = special;
            const std::string_view view(text.data(), Size);
            if (!finds_all(view)) return false;
        }
    return true;
}
static_assert(found_at_compile_time<1>());
static_assert(found_at_compile_time<8>());
static_assert(found_at_compile_time<15>());
static_assert(found_at_compile_time<16>());
static_assert(found_at_compile_time<64>());
static_assert(found_at_compile_time<65>());
static_assert(found_at_compile_time<75>());

/// The same of every byte, so many together.
template <std::size_t Size>
constexpr bool every_byte_is_judged_at_compile_time() {
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::array<char, Size> text{};
        text.fill(static_cast<char>(byte));
        if (!finds_all({text.data(), Size})) return false;
    }
    return true;
}
static_assert(every_byte_is_judged_at_compile_time<1>());
static_assert(every_byte_is_judged_at_compile_time<8>());

} // namespace

TEST_CASE("the highest bits of eight bytes are gathered in their order") {
    for (unsigned bits = 0; bits < 256; ++bits) {
        std::uint64_t highest = 0;
        for (unsigned i = 0; i < 8; ++i)
            if (bits >> i & 1) highest |= std::uint64_t{0x80} << 8 * i;
        CHECK(framing::detail::one_bit_a_byte(highest) == bits);
    }
}

TEST_CASE("a special byte is found at every place of a text of every size") {
    for (std::size_t size = 0; size <= 200; ++size) {
        std::vector<char> text(size, 'x'); // of its own size: a sanitizer sees a look outside it
        CHECK(finds_all({text.data(), size}));
        for (std::size_t place = 0; place < size; ++place)
            for (const char special : {'"', '\\', '\0', '\x1f', '\x80', '\xff'}) {
                text[place] = special;
                if (!finds_all({text.data(), size}))
                    FAIL_CHECK(int{special}, " at ", place, " of ", size);
                text[place] = 'x';
            }
    }
}

TEST_CASE("every byte is special or not, in a vector register and alone") {
    for (unsigned byte = 0; byte < 256; ++byte)
        for (const std::size_t size : {1u, 16u, 64u}) {
            CAPTURE(byte);
            CAPTURE(size);
            const std::vector<char> text(size, static_cast<char>(byte));
            CHECK(finds_all({text.data(), size}));
        }
}

TEST_CASE("a search may go on from any place further on") {
    std::mt19937 random(20240607);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<char> text(random() % 300, 'x');
        for (char& c : text)
            if (random() % 40 == 0) c = '"';

        const char* const last = text.data() + text.size();
        special_bytes specials(text.data(), last);
        for (const char* at = text.data(); at <= last; at += 1 + random() % 100) {
            const char* const found = specials.next(at);
            if (found != std::find(at, last, '"')) FAIL_CHECK("round ", round);
            at = found;
            if (last - at < 100) break;
        }
    }
}

TEST_CASE("the special bytes of a text are taken in turn, whatever stands behind it") {
    for (std::size_t size = 0; size < 200; ++size)
        for (const std::size_t slack : {0u, 1u, 31u, 32u, 33u, 64u, 128u}) {
            std::vector<char> bytes(size, 'x'); // in an allocation that ends with the slack
            bytes.insert(bytes.end(), slack, '"');
            const char* const last = bytes.data() + size;
            const auto takes_all = [&](bool skip_every_second) {
                special_bytes_in_turn specials({{bytes.data(), size}, slack});
                const char* at = bytes.data();
                for (bool skip = false; at != last; skip = !skip) {
                    at = std::find_if(at, last, is_special);
                    if (skip && skip_every_second && at != last)
                        specials.skip();
                    else if (specials.take() != at)
                        return false;
                    if (at == last) return true;
                    ++at;
                }
                return specials.take() == last;
            };
            CHECK(takes_all(false));
            for (std::size_t place = 0; place < size; ++place) {
                bytes[place] = '"';
                bytes[size - 1] = '\\';
                if (!takes_all(false) || !takes_all(true))
                    FAIL_CHECK(place, " of ", size, " before ", slack);
                bytes[place] = bytes[size - 1] = 'x';
            }
            std::fill_n(bytes.begin(), size, '"');
            CHECK(takes_all(false));
            CHECK(takes_all(true));
        }
}

TEST_CASE("any of sixteen bytes is noticed to be special") {
    const auto plain = every_byte<std::uint64_t>('x');
    CHECK_FALSE(has_special(plain, plain));
    for (unsigned byte = 0; byte < 256; ++byte)
        for (unsigned place = 0; place < 8; ++place) {
            const std::uint64_t there = std::uint64_t{0xff} << 8 * place;
            const std::uint64_t word = (plain & ~there) | std::uint64_t{byte} << 8 * place;
            const bool special = is_special(static_cast<char>(byte));
            if (has_special(word, plain) != special || has_special(plain, word) != special)
                FAIL_CHECK(byte, " at ", place);
        }
}
