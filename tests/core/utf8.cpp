// SPDX-License-Identifier: MIT
#include <framing/detail/json/utf8.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using framing::detail::encode_utf8;
using framing::detail::is_utf8;
using framing::detail::utf8_sequence;

namespace {

/// Judges a copy in an allocation of its own size, so that a sanitizer sees every look beyond it.
std::size_t sequence(std::string_view bytes) {
    const std::vector<char> copy(bytes.begin(), bytes.end());
    return utf8_sequence(copy.data(), copy.data() + copy.size());
}

template <class... Bytes>
std::size_t sequence_of(Bytes... bytes) {
    const char text[] = {static_cast<char>(bytes)...};
    return utf8_sequence(text, text + sizeof...(bytes));
}

std::string encoded(std::uint32_t code) {
    char out[4];
    return {out, encode_utf8(code, out)};
}

constexpr bool is_surrogate(std::uint32_t code) {
    return code >= 0xd800 && code <= 0xdfff;
}

} // namespace

TEST_CASE("every code point is encoded in its shortest form, which is accepted whole") {
    for (std::uint32_t code = 0; code <= 0x10ffff; ++code) {
        if (is_surrogate(code)) continue;
        const std::size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        char out[4];
        const bool good = encode_utf8(code, out) == size &&
                          utf8_sequence(out, out + size) == (size == 1 ? 0 : size);
        if (!good) FAIL_CHECK("U+", code);
    }
    CHECK(encoded('A') == "A");
    CHECK(encoded(0xe9) == "\xc3\xa9");
    CHECK(encoded(0x20ac) == "\xe2\x82\xac");
    CHECK(encoded(0x1f600) == "\xf0\x9f\x98\x80");
}

// With the case above: the sequences accepted are those of the code points and no others.
TEST_CASE("no more sequences of a size are accepted than there are code points of that size") {
    std::size_t of_two = 0;
    std::size_t of_three = 0;
    std::size_t of_four = 0;
    for (unsigned lead = 0; lead < 256; ++lead)
        for (unsigned second = 0; second < 256; ++second) {
            of_two += sequence_of(lead, second) == 2;
            for (const unsigned third : {0x00u, 0x7fu, 0x80u, 0xbfu, 0xc0u, 0xffu}) {
                of_three += sequence_of(lead, second, third) == 3;
                for (const unsigned fourth : {0x00u, 0x7fu, 0x80u, 0xbfu, 0xc0u, 0xffu})
                    of_four += sequence_of(lead, second, third, fourth) == 4;
            }
        }
    // Two of the six edges are continuations, and they stand for all 64 of them.
    CHECK(of_two == 0x800 - 0x80);
    CHECK(of_three == (0x10000 - 0x800 - 0x800) / 64 * 2);
    CHECK(of_four == (0x110000 - 0x10000) / (64 * 64) * 4);
}

TEST_CASE("overlong forms, surrogates, what is above U+10FFFF and stray bytes are refused") {
    for (const std::string_view bad : {"\xc0\x80",
                                       "\xc1\xbf",
                                       "\xe0\x80\x80",
                                       "\xe0\x9f\xbf",
                                       "\xf0\x80\x80\x80",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xf8\x88\x80\x80\x80",
                                       "\xfe",
                                       "\xff",
                                       "\x80",
                                       "\xbf",
                                       "\xc3(",
                                       "\xe2\x82(",
                                       "\xe2(\xac",
                                       "\xf0\x9f\x98(",
                                       "\xf0\x9f(\x80",
                                       "\xf0(\x98\x80"}) {
        CAPTURE(bad);
        CHECK(sequence(bad) == 0);
    }
}

TEST_CASE("a text is UTF-8 if all of it is") {
    for (const std::string_view good :
         {"", "a", "\xc3\xa9", "a\xe2\x82\xac", "\xf0\x9f\x98\x80z"}) {
        CAPTURE(good);
        CHECK(is_utf8(good));
        for (const std::string_view bad : {"\x80", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80"}) {
            CHECK_FALSE(is_utf8(std::string(good).append(bad)));
            CHECK_FALSE(is_utf8(std::string(bad).append(good)));
        }
    }
}

TEST_CASE("a sequence that is cut off is refused without a look beyond its end") {
    for (const std::uint32_t code : {0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu}) {
        const std::string whole = encoded(code);
        for (std::size_t size = 1; size < whole.size(); ++size) {
            CAPTURE(size);
            CHECK(sequence(std::string_view(whole).substr(0, size)) == 0);
        }
        CHECK(sequence(whole + '"') == whole.size());
    }
}
