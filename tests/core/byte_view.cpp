// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using framing::as_text;
using framing::byte_view;

static_assert(framing::byte_range<std::string>);
static_assert(framing::byte_range<const std::string_view&>);
static_assert(framing::byte_range<std::pmr::vector<unsigned char>>);
static_assert(framing::byte_range<std::array<signed char, 3>>);
static_assert(framing::byte_range<std::span<const std::byte>>);
static_assert(framing::byte_range<const char8_t (&)[3]>);
static_assert(!framing::byte_range<std::vector<int>>, "an int is no byte");
static_assert(!framing::byte_range<std::vector<bool>>, "a bool is no byte");
static_assert(!framing::byte_range<std::wstring>, "a wide character is no byte");
static_assert(!framing::byte_range<std::deque<char>>, "a deque is not in one piece");
static_assert(!framing::byte_range<std::list<char>>, "a list is not in one piece");
static_assert(std::is_convertible_v<const char*, byte_view>, "a C string");
static_assert(!std::is_convertible_v<const std::byte*, byte_view>, "a pointer has no size");
static_assert(!std::is_convertible_v<const unsigned char*, byte_view>, "a pointer has no size");
static_assert(!std::is_convertible_v<decltype(nullptr), byte_view>);

TEST_CASE("a view of nothing is empty") {
    CHECK(byte_view().size() == 0);
    CHECK(byte_view(std::string()).size() == 0);
    CHECK(byte_view(std::span<const std::byte>()).size() == 0);
    CHECK(byte_view("").size() == 0);
}

TEST_CASE_TEMPLATE("a view is of the bytes themselves, whatever they are called", Byte, std::byte,
                   char, unsigned char, signed char, char8_t) {
    const std::vector<Byte> bytes{Byte{'a'}, Byte{0}, Byte{'z'}};
    const byte_view view = bytes;
    CHECK(view.size() == 3);
    CHECK(static_cast<const void*>(view.data()) == bytes.data());
    CHECK(as_text(view.bytes()) == std::string_view("a\0z", 3));
}

TEST_CASE("a literal is viewed without its terminating NUL, and only that one") {
    CHECK(as_text(byte_view("abc").bytes()) == "abc");
    CHECK(byte_view("abc\0").size() == 4);
    CHECK(byte_view("a\0b").size() == 3);
    CHECK(byte_view(u8"\u00e9").size() == 2);
}

TEST_CASE("a pointer to characters is a C string, one with a size is data") {
    const char* const text = "a\0b";
    CHECK(byte_view(text).size() == 1);
    CHECK(byte_view(text, 3).size() == 3);
    CHECK(byte_view(text, 3).data() == static_cast<const void*>(text));
    CHECK(byte_view(nullptr, 0).size() == 0);
}

TEST_CASE("an array that is no literal is viewed whole") {
    char filled_by_recv[4] = {'a', 'b', 'c', 0};
    CHECK(byte_view(filled_by_recv).size() == 4);

    constexpr char unterminated[] = {'a', 'b'};
    CHECK(byte_view(unterminated).size() == 2);

    constexpr std::array<char, 2> with_nul{'a', 0};
    CHECK(byte_view(with_nul).size() == 2);

    constexpr unsigned char raw[] = {1, 0};
    CHECK(byte_view(raw).size() == 2);
}
