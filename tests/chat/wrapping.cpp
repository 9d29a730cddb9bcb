// SPDX-License-Identifier: MIT
#include "chat/wrapping.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

using chat::cut_to;
using chat::width_of;
using chat::wrapped;

namespace {

const std::string han = "\xe4\xbd\xa0";               // wide
const std::string smile = "\xf0\x9f\x98\x80";         // wide
const std::string accent = "e\xcc\x81";               // one column, two characters
const std::string heart = "\xe2\x9d\xa4\xef\xb8\x8f"; // drawn as an emoji
const std::string joiner = "\xe2\x80\x8d";
const std::string comma = "\xef\xbc\x8c"; // wide punctuation

std::string times(std::size_t count, const std::string& text) {
    std::string result;
    while (count-- != 0) result += text;
    return result;
}

} // namespace

TEST_CASE("a width is what a terminal draws") {
    CHECK(width_of("") == 0);
    CHECK(width_of("abc d") == 5);
    CHECK(width_of(han + "a") == 3);
    CHECK(width_of(smile) == 2);
    CHECK(width_of(accent) == 1);
    CHECK(width_of(heart) == 2);
    CHECK(width_of("\033[1;31mab\033[0m") == 2);
}

TEST_CASE("a line is broken between words") {
    CHECK(wrapped("one two three", 8, 0) == "one two\nthree");
    CHECK(wrapped("one two three", 7, 0) == "one two\nthree");
    CHECK(wrapped("one two three", 13, 0) == "one two three");
    CHECK(wrapped("12:00 <bob> one two", 24, 6) == "12:00 <bob> one two");
    CHECK(wrapped("12:00 <bob> hello there, all of you", 24, 6) ==
          "12:00 <bob> hello there,\n      all of you");
}

TEST_CASE("spaces in a row stay as they are") {
    CHECK(wrapped("  a   b", 20, 0) == "  a   b");
}

TEST_CASE("where there are no columns nothing is broken") {
    CHECK(wrapped("one two three", 0, 6) == "one two three");
}

TEST_CASE("a word that fits into no row stays whole, where it is") {
    const std::string address = "https://example.org/" + std::string(40, 'x');
    CHECK(wrapped("12:00 <bob> " + address, 24, 6) == "12:00 <bob> " + address);
    CHECK(wrapped("12:00 <bob> " + address + " and more", 24, 6) ==
          "12:00 <bob> " + address + "\n      and more");
}

TEST_CASE("wide characters are words of their own, and punctuation stays with the one before") {
    CHECK(wrapped(times(7, han), 8, 0) == times(4, han) + '\n' + times(3, han));
    CHECK(wrapped("a" + times(7, han), 8, 0) == "a" + times(3, han) + '\n' + times(4, han));
    CHECK(wrapped(times(4, han) + comma + han, 8, 0) == times(3, han) + '\n' + han + comma + han);
    CHECK(wrapped("hello " + smile + smile, 8, 0) == "hello " + smile + '\n' + smile);
}

TEST_CASE("what is drawn as one is not torn") {
    const std::string family = smile + joiner + smile + joiner + smile;
    CHECK(wrapped(han + family + han, 7, 0) == han + '\n' + family + '\n' + han);
    CHECK(wrapped(times(9, accent), 4, 0) == times(9, accent));
}

TEST_CASE("colours have no width and go on in the next row") {
    CHECK(wrapped("\033[1mone two\033[0m three", 7, 0) == "\033[1mone two\033[0m\nthree");
    CHECK(wrapped("\033[1mone two three\033[0m", 7, 0) == "\033[1mone two\nthree\033[0m");
}

TEST_CASE("no row but that of a long word is wider than the window, however narrow") {
    const std::string text = "12:00 <bob> a bc " + times(5, han) + " def " + smile + accent +
                             " ghij " + heart + " klmno " + comma + " end";
    for (std::size_t columns = 1; columns < 60; ++columns) {
        CAPTURE(columns);
        const std::string rows = wrapped(text, columns, 6);
        for (std::size_t begin = 0; begin < rows.size();) {
            const std::size_t end = std::min(rows.find('\n', begin), rows.size());
            const std::string_view row = std::string_view(rows).substr(begin, end - begin);
            if (columns >= 12) CHECK(width_of(row) <= columns);
            begin = end + 1;
        }
    }
}

TEST_CASE("what is cut fits, and says that it is") {
    CHECK(cut_to("hello", 5) == "hello");
    CHECK(cut_to("hello!", 5) == "he...");
    CHECK(cut_to(times(4, han), 7) == times(2, han) + "...");
    CHECK(cut_to("hello", 2) == "..");
    CHECK(cut_to("hello", 0).empty());
}

TEST_CASE("what is no UTF-8 is measured and broken all the same") {
    CHECK(width_of("\xff\xfe") <= 2);
    CHECK(wrapped("a\xff b\xe4\xbd", 3, 0).find("b\xe4\xbd") != std::string::npos);
}
