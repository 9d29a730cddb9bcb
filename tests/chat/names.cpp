// SPDX-License-Identifier: MIT
#include "chat/names.hpp"

#include "support/visible.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using chat::is_name;
using chat::mentions;
using chat::name_key;

namespace {

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i != times; ++i) result += text;
    return result;
}

} // namespace

TEST_CASE("a name has one to 32 characters, however many bytes those are") {
    const std::string_view middle = "\xe4\xb8\xad"; // in Chinese, 3 bytes
    const std::string_view face = "\xf0\x9f\x98\x80";
    CHECK_FALSE(is_name(""));
    for (const std::string_view character : {std::string_view("x"), middle, face}) {
        CHECK(is_name(character));
        CHECK(is_name(repeated(character, 32)));
        CHECK_FALSE(is_name(repeated(character, 33)));
    }
    CHECK_FALSE(is_name(std::string(1024 * 1024, 'x')));
}

TEST_CASE("marks of punctuation and accents are seen") {
    for (const char* name : {"O'Brien", "a-b_c.d", "#lobby", "\"", "\\", "<b>", "\xc3\xa9",
                             "e\xcc\x81", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "~"})
        CHECK_MESSAGE(is_name(name), name);
}

TEST_CASE("what nobody sees is no part of a name") {
    struct unseen {
        const char* what;
        std::string_view bytes;
    };
    using namespace std::string_view_literals;
    for (const unseen& each : {
             unseen{"NUL", "\0"sv},
             {"tab", "\t"},
             {"line feed", "\n"},
             {"escape, as ANSI begins", "\x1b"},
             {"delete", "\x7f"},
             {"a C1 control, CSI", "\xc2\x9b"},
             {"next line", "\xc2\x85"},
             {"space", " "},
             {"no-break space", "\xc2\xa0"},
             {"ideographic space", "\xe3\x80\x80"},
             {"Ogham space", "\xe1\x9a\x80"},
             {"line separator", "\xe2\x80\xa8"},
             {"paragraph separator", "\xe2\x80\xa9"},
             {"zero-width space", "\xe2\x80\x8b"},
             {"zero-width non-joiner", "\xe2\x80\x8c"},
             {"zero-width joiner", "\xe2\x80\x8d"},
             {"word joiner", "\xe2\x81\xa0"},
             {"byte order mark", "\xef\xbb\xbf"},
             {"soft hyphen", "\xc2\xad"},
             {"right-to-left mark", "\xe2\x80\x8f"},
             {"right-to-left embedding", "\xe2\x80\xab"},
             {"right-to-left override", "\xe2\x80\xae"},
             {"right-to-left isolate", "\xe2\x81\xa7"},
             {"pop directional isolate", "\xe2\x81\xa9"},
             {"Arabic letter mark", "\xd8\x9c"},
             {"combining grapheme joiner", "\xcd\x8f"},
             {"Hangul filler", "\xe3\x85\xa4"},
             {"half-width Hangul filler", "\xef\xbe\xa0"},
             {"Hangul choseong filler", "\xe1\x85\x9f"},
             {"Mongolian vowel separator", "\xe1\xa0\x8e"},
             {"variation selector", "\xef\xb8\x8f"},
             {"interlinear annotation anchor", "\xef\xbf\xb9"},
             {"tag", "\xf3\xa0\x81\x81"},
             {"blank Braille pattern", "\xe2\xa0\x80"},
             {"musical null notehead", "\xf0\x9d\x85\x99"},
             {"Khitan filler", "\xf0\x96\xbf\xa4"},
             {"Egyptian full blank", "\xf0\x93\x91\x81"},
             {"unassigned", "\xcd\xb8"},
             {"unassigned, ignorable", "\xe2\x81\xa5"},
             {"unassigned, ignorable, special", "\xef\xbf\xb0"},
             {"unassigned, ignorable, behind tags", "\xf3\xa0\xbf\xbf"},
             {"no character", "\xef\xbf\xbe"},
             {"private use", "\xee\x80\x80"},
             {"private use, plane 15", "\xf3\xb0\x80\x80"},
         }) {
        INFO(each.what);
        CHECK(is_utf8(each.bytes));
        CHECK_FALSE(is_name(each.bytes));
        CHECK_FALSE(is_name("alice" + std::string(each.bytes)));
        CHECK_FALSE(is_name(std::string(each.bytes) + "alice"));
        CHECK_FALSE(is_name("al" + std::string(each.bytes) + "ice"));
    }
}

TEST_CASE("what is not UTF-8 is no name and no text") {
    for (const char* bytes :
         {"\xff", "\x80", "\xc3", "\xe4\xb8", "\xf0\x9f\x98", "\xc0\x80", "\xc1\xbf",
          "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xb2\x80", "\xf4\x90\x80\x80",
          "\xf8\x88\x80\x80\x80", "\xe4(\xad", "\xc3\xa9\xa9"}) {
        CHECK_FALSE(is_name(bytes));
        CHECK_FALSE(is_utf8(bytes));
        CHECK_FALSE(is_utf8("good" + std::string(bytes)));
        CHECK_FALSE(is_utf8(bytes + std::string("good")));
    }
    for (const char* text : {"", "plain", "\xe4\xbd\xa0\xe5\xa5\xbd", "\xf0\x9f\x98\x80",
                             "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
        CHECK(is_utf8(text));
    CHECK(is_utf8({"a\0b", 3}));
}

TEST_CASE("names that differ in the case of ASCII letters only are the same") {
    CHECK(name_key("Alice") == name_key("aLICE"));
    CHECK(name_key("Z") == name_key("z"));
    CHECK(name_key("[") != name_key("{"));
    CHECK(name_key("@") != name_key("`"));
    CHECK(name_key("alice") != name_key("alice1"));
    CHECK(name_key("\xc3\x89") != name_key("\xc3\xa9")); // only ASCII ones
}

TEST_CASE("names that differ in how accents are put together are the same") {
    CHECK(name_key("\xc3\xa9") == name_key("e\xcc\x81"));
    CHECK(name_key("Z\xc3\xa9") == name_key("ze\xcc\x81"));
    CHECK(name_key("\xea\xb0\x80") == name_key("\xe1\x84\x80\xe1\x85\xa1")); // Hangul
    CHECK(name_key("\xc3\xa9") != name_key("e"));
    // An accent after a letter in another case: the letter's case must not hide the accent.
    CHECK(name_key("E\xcc\x81") == name_key("\xc3\x89"));
}

TEST_CASE("the key of a key is itself") {
    for (const char* name : {"Alice", "e\xcc\x81", "\xe2\x84\xab", "\xe4\xb8\xad", "A\xcc\x8a"})
        CHECK(name_key(name_key(name)) == name_key(name));
}

TEST_CASE("a text names somebody by a word of its own, in capitals or not") {
    for (const char* text :
         {"al", "AL: hi", "hi al", "hi @al!", "(al)", "pal, al", "al's", "al-bob"})
        CHECK(mentions(text, "al"));
    for (const char* text : {"", "pal", "also", "al1", "1al",
                             "\xc3\xa9"
                             "al",
                             "al\xc3\xa9", "a l"})
        CHECK_FALSE(mentions(text, "al"));
    CHECK(mentions("e\xcc\x81!", "\xc3\xa9"));
    CHECK_FALSE(mentions("anything", ""));
}

TEST_CASE("where no spaces part words a name is found in the middle") {
    const std::string zhang = "\xe5\xbc\xa0\xe4\xb8\x89";
    CHECK(mentions("\xe4\xbd\xa0\xe5\xa5\xbd" + zhang + "\xef\xbc\x8c", zhang));
    CHECK(mentions("\xe4\xbd\xa0\xe5\xa5\xbd"
                   "al\xef\xbc\x8c",
                   "al"));
    CHECK_FALSE(mentions("\xe5\xbc\xa0", zhang));
}
