// SPDX-License-Identifier: MIT
#include <framing/detail/special_bytes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

using framing::detail::special_bytes;
using framing::detail::stops;

namespace {

template <stops Stops>
constexpr bool is_stop(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '"' || c == '\\' || (Stops == stops::unchecked && (byte < 0x20 || byte > 0x7f));
}

/// Asks for every stop of a text in turn. Returns: whether each answer is the right one.
template <stops Stops>
constexpr bool finds_all(std::string_view text) {
    const char* at = text.data();
    const char* last = at + text.size();
    special_bytes<Stops> specials(at, last);
    while (true) {
        const char* found = specials.next(at);
        if (found != std::find_if(at, last, is_stop<Stops>)) return false;
        if (found == last) return true;
        at = found + 1;
    }
}

/// As a compiler does it, which never takes the path of the vector registers.
template <std::size_t Size>
constexpr bool found_at_compile_time() {
    for (std::size_t place = 0; place < Size; ++place)
        for (const char stop : {'"', '\x1f', '\x80'}) {
            std::array<char, Size> text{};
            text.fill('x');
            text[place] = stop;
            const std::string_view view(text.data(), Size);
            if (!finds_all<stops::unchecked>(view) || !finds_all<stops::checked>(view))
                return false;
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

} // namespace

TEST_CASE_TEMPLATE_DEFINE("a stop is found at every place of a text of every size", Kind, places) {
    for (std::size_t size = 0; size <= 200; ++size) {
        std::vector<char> text(size, 'x'); // of its own size: a sanitizer sees a look outside it
        CHECK(finds_all<Kind::value>({text.data(), size}));
        for (std::size_t place = 0; place < size; ++place)
            for (const char stop : {'"', '\\', '\0', '\x1f', '\x80', '\xff'}) {
                text[place] = stop;
                if (!finds_all<Kind::value>({text.data(), size}))
                    FAIL_CHECK(int{stop}, " at ", place, " of ", size);
                text[place] = 'x';
            }
    }
}
template <stops Stops>
using kind = std::integral_constant<stops, Stops>;
TEST_CASE_TEMPLATE_INVOKE(places, kind<stops::checked>, kind<stops::unchecked>);

TEST_CASE("every byte is a stop or none, in a vector register and alone") {
    for (unsigned byte = 0; byte < 256; ++byte)
        for (const std::size_t size : {1u, 16u, 64u}) {
            CAPTURE(byte);
            CAPTURE(size);
            const std::vector<char> text(size, static_cast<char>(byte));
            CHECK(finds_all<stops::unchecked>({text.data(), size}));
            CHECK(finds_all<stops::checked>({text.data(), size}));
        }
}

TEST_CASE("a search may go on from any place further on") {
    std::mt19937 random(20240607);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<char> text(random() % 300, 'x');
        for (char& c : text)
            if (random() % 40 == 0) c = '"';

        const char* const last = text.data() + text.size();
        special_bytes<stops::unchecked> specials(text.data(), last);
        for (const char* at = text.data(); at <= last; at += 1 + random() % 100) {
            const char* const found = specials.next(at);
            if (found != std::find(at, last, '"')) FAIL_CHECK("round ", round);
            at = found;
            if (last - at < 100) break;
        }
    }
}
