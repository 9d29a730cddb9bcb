// SPDX-License-Identifier: MIT
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using framing::errc;
using framing::detail::header_scan;
using framing::detail::scan_header;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

/// Scans a copy in an allocation of its own size, so that a sanitizer sees every look outside it.
header_scan scan(std::string_view text, std::size_t max_depth = 64) {
    const std::vector<char> copy(text.begin(), text.end());
    return scan_header({copy.data(), copy.size()}, max_depth);
}

using spellings = std::initializer_list<std::string_view>;

/// Expects the same verdict on every header.
void check_headers(errc wanted, const spellings& headers) {
    for (const std::string_view header : headers) {
        CAPTURE(header);
        CHECK(scan(header).error == wanted);
    }
}

/// Expects the same verdict on every header whose only value is one of these.
void check_values(errc wanted, const spellings& values) {
    for (const std::string_view value : values)
        check_headers(wanted, {"{\"k\":" + std::string(value) + '}'});
}

/// Expects the same verdict on every header whose only key, or value, has one of these in quotes.
void check_strings(errc wanted, const spellings& insides) {
    for (const std::string_view inside : insides) {
        const std::string string = '"' + std::string(inside) + '"';
        check_headers(wanted, {'{' + string + ":1}"});
        check_values(wanted, {string});
    }
}

/// A header that nests `depth` deep; below the first level its containers are `kinds`, repeated.
std::string nested(std::size_t depth, std::string_view kinds) {
    std::string opening = "{";
    std::string closing = "}";
    for (std::size_t level = 1; level < depth; ++level) {
        const char kind = kinds[level % kinds.size()];
        if (opening.back() == '{') opening += "\"k\":";
        opening += kind;
        closing += kind == '{' ? '}' : ']';
    }
    std::reverse(closing.begin(), closing.end());
    return opening + closing;
}

/// Every kind of value, escape, and length of character.
constexpr std::string_view rich =
    R"({"a\u00e9\n":[-1.5e+3,{"\ud83d\ude00":"\"x"},[],{}],"b":true,"c":[null,false,0],"body_size":7,")"
    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\":\"\x7f\"}"sv;

static_assert(scan_header(rich, 64).error == errc{});
static_assert(scan_header(rich, 64).body_size() == 7);
static_assert(scan_header(rich, 64).depth == 3);
static_assert(scan_header(rich, 2).error == errc::header_too_deep);
static_assert(scan_header(R"({"a":"\ud800"})", 64).error == errc::invalid_header);
static_assert(scan_header(R"({"a":[1,)", 64).error == errc::invalid_header);
static_assert(scan_header(R"({"body\u005fsize":-1})", 64).error == errc::invalid_body_size);

} // namespace

TEST_CASE("every number of the grammar is valid, also those that no double holds") {
    check_values(errc{}, {"0", "-0", "1", "-1", "10", "1234567890", "18446744073709551616"});
    check_values(errc{}, {"0.0", "-0.0", "0.5", "10.25", "1234567890.1234567890123456789"});
    check_values(errc{}, {"1e0", "1E0", "1e+1", "1e-1", "1E+01", "0e0", "0.0e-00", "-1.5E-3"});
    check_values(errc{}, {"1e400", "-1e400", "1e-400"});
}

TEST_CASE("what only resembles a number is refused") {
    check_values(errc::invalid_header,
                 {"", "-", "+", "+1", "--1", "-+1", "00", "01", "-01", "-00"});
    check_values(errc::invalid_header, {"1.", ".5", "-.5", "1.e1", "1..0", "1.0.0", "1. 0"});
    check_values(errc::invalid_header,
                 {"1e", "1e+", "1e-", "1e+-1", "1ee1", "1e1.5", "e1", "1e 1"});
    check_values(errc::invalid_header,
                 {"0x10", "0b1", "1_000", "1,000,", "1a", "1f", "1 2", "- 1"});
    check_values(errc::invalid_header, {"NaN", "nan", "inf", "Infinity", "-Infinity"});
    check_values(errc::invalid_header, {"\xef\xbc\x91"}); // a digit one of full width
}

TEST_CASE("the literals are true, false and null, and nothing else") {
    check_values(errc{}, {"true", "false", "null"});
    check_values(errc::invalid_header,
                 {"t", "tru", "truee", "True", "TRUE", "tnull", "true false"});
    check_values(errc::invalid_header, {"f", "fals", "falsee", "n", "nul", "nulll", "Null"});
    check_values(errc::invalid_header, {"none", "undefined", "'true'", "tr\\u0075e"});
}

TEST_CASE("every escape of the grammar is valid and no other one is") {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char letter = static_cast<char>(byte);
        if (letter == '"') continue;
        const bool good = "\\/bfnrt"sv.find(letter) != std::string_view::npos;
        check_strings(good ? errc{} : errc::invalid_header, {"\\"s + letter});
    }
    check_strings(errc{}, {R"(\")", R"(\\\")", R"(\u0000)", R"(\u001f)", R"(\u0022)", R"(\u005c)"});
    check_strings(errc{}, {R"(\uABCD)", R"(\uabcd)", R"(\u20aCx)", R"(\ud7ff)", R"(\uFFFF)"});
    check_strings(errc::invalid_header, {R"(\u1)", R"(\u12)", R"(\u123)", R"(\u123\)", R"(\\\)"});
    check_strings(errc::invalid_header, {R"(\u123g)", R"(\u 123)", R"(\u-123)", R"(\u0x12)"});
    check_strings(errc::invalid_header, {R"(\U0041)", R"(\x41)", "\\u00\xc3\xa9"});
}

TEST_CASE("surrogate escapes come in pairs, the high one first") {
    check_strings(errc{}, {R"(\ud800\udc00)", R"(\uDBFF\uDFFF)", R"(\ud83d\ude00\ud83d\ude00)"});
    check_strings(errc::invalid_header, {R"(\ud800)", R"(\udbff)", R"(\udc00)", R"(\udfff)"});
    check_strings(errc::invalid_header, {R"(\udc00\ud800)", R"(\ud800\ud800)", R"(\ud800\u0041)"});
    check_strings(errc::invalid_header, {R"(\ud800\ue000)", R"(\ud800\udbff)", R"(\ud800\udc0)"});
    check_strings(errc::invalid_header, {R"(\ud800x)", R"(\ud800\n)", R"(\ud800\)", R"(\ud800\u)"});
    check_strings(errc::invalid_header, {R"(\ud800 \udc00)", R"(\ud800\\udc00)"});
    check_strings(errc::invalid_header, {"\\ud800\xed\xb0\x80"});
}

TEST_CASE("no control byte may stand in a string, and DEL may") {
    for (char c = 0; c < 0x20; ++c) check_strings(errc::invalid_header, {"a"s + c + "b"});
    check_strings(errc{}, {"\x7f"});
}

TEST_CASE("a string is strict UTF-8") {
    check_strings(errc{}, {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80"});
    check_strings(errc{}, {"\xef\xbf\xbf", "\xef\xbb\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"});
    check_strings(errc::invalid_header, {"\x80", "\xbf", "\xfe", "\xff", "\xc3\xa9\xa9"});
    check_strings(errc::invalid_header,
                  {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"});
    check_strings(errc::invalid_header, {"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80"});
    check_strings(errc::invalid_header, {"\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98"});
}

TEST_CASE("arrays keep the grammar at every level") {
    check_values(errc{}, {"[]", "[[]]", "[{}]", "[1,2,3]", R"([[1],[2],{"a":[]}])"});
    check_values(errc::invalid_header,
                 {"[", "]", "[}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]"});
    check_values(errc::invalid_header, {"[1;2]", "[1]]", "[1:2]", R"(["a":1])", R"([{"a":1},])"});
}

TEST_CASE("objects keep the grammar at every level") {
    check_values(errc{}, {"{}", R"({"a":{}})", R"({"a":1,"b":[2],"a":3})", R"({"":{"":""}})"});
    check_values(errc::invalid_header,
                 {"{", "{]", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1,)"});
    check_values(errc::invalid_header, {R"({"a":1,})", R"({"a":1]})", R"({,"a":1})", R"({"a"})"});
    check_values(errc::invalid_header, {R"({"a":})", R"({"a",1})", R"({"a" 1})", R"({"a"::1})"});
    check_values(errc::invalid_header, {R"({"a":1 "b":2})", R"({"a":1,,"b":2})", "{a:1}", "{1:2}"});
    check_values(errc::invalid_header, {"{null:1}", "{'a':1}", "{[]:1}", "(1)", "1}{", "/**/1"});
}

TEST_CASE("a header is exactly one object, with nothing but white space around it") {
    check_headers(errc{}, {"{}", " {}", "{} ", "\r\n\t {}\r\n\t ", "{ }", "{\n\t}", "{\"\":1}"});
    check_headers(errc::invalid_header, {"", " ", "{", "}", "[]", "[{}]", "null", "0", "\"{}\""});
    check_headers(errc::invalid_header,
                  {"{}{}", "{} {}", "{},", "{}x", "{} x", "x{}", "{}}", "{{}}"});
    check_headers(errc::invalid_header, {"{}\0"sv, "{}\0}"sv, "\0{}"sv, "{\0}"sv, "{}\0{}"sv});
    check_headers(errc::invalid_header, {"{}\v", "\f{}", "{\v}", "{}\xa0", "{}\xc2\xa0"});
    check_headers(errc::invalid_header, {"\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "\xff\xfe{}"});
    check_headers(errc::invalid_header, {"{}//", "/**/{}", "{/**/}", "{}#", "{},{}", "{}[]"});
}

TEST_CASE("white space may stand between any two tokens, and no other byte may") {
    std::vector<std::string_view> tokens{"{", "\"a\"", ":", "[", "1", ",", "{"};
    tokens.insert(tokens.end(), {"\"b\"", ":", "\"c\"", "}", ",", "[", "]", ",", "true"});
    tokens.insert(tokens.end(), {"]", ",", "\"body_size\"", ":", "3", "}"});
    for (std::size_t gap = 0; gap <= tokens.size(); ++gap)
        for (const std::string_view between :
             {" "sv, "\t"sv, "\n"sv, "\r"sv, " \r\n\t "sv, "\v"sv, "\f"sv, "\0"sv, "\x1f"sv,
              "\x7f"sv, "\xc2\xa0"sv, "\xef\xbb\xbf"sv, "#"sv}) {
            std::string text;
            for (std::size_t i = 0; i < tokens.size(); ++i)
                text.append(i == gap ? between : "").append(tokens[i]);
            if (gap == tokens.size()) text += between;
            CAPTURE(text);
            const bool space = between.find_first_not_of(" \t\n\r") == between.npos;
            CHECK(scan(text).error == (space ? errc{} : errc::invalid_header));
            if (space) CHECK(scan(text).body_size() == 3);
        }
}

TEST_CASE("no header that is cut off is a header") {
    for (std::size_t size = 0; size < rich.size(); ++size) {
        const header_scan found = scan(rich.substr(0, size));
        CAPTURE(size);
        CHECK(found.error == errc::invalid_header);
        CHECK(found.position() <= size);
    }
}

TEST_CASE("nesting is taken up to the limit and refused one past it, whatever it is of") {
    for (const auto kinds : {"{", "[", "{[", "[[{", "{{{["})
        for (const std::size_t limit : {1u, 2u, 3u, 4u, 31u, 63u, 64u, 65u, 1023u, 1024u}) {
            CAPTURE(kinds);
            CAPTURE(limit);
            const header_scan good = scan(nested(limit, kinds), limit);
            CHECK(good.error == errc{});
            CHECK(good.depth == limit);

            const std::string deeper = nested(limit + 1, kinds);
            const header_scan bad = scan(deeper, limit);
            CHECK(bad.error == errc::header_too_deep);
            CHECK(bad.depth == limit + 1);
            CHECK(bad.position() == deeper.find_last_of("[{"));
        }
}

TEST_CASE("a limit of no depth refuses every object, and one above 1024 means 1024") {
    CHECK(scan("{}", 0).error == errc::header_too_deep);
    CHECK(scan("[]", 0).error == errc::invalid_header);
    for (const std::size_t limit : {std::size_t{1025}, std::size_t{5000}, ~std::size_t{0}}) {
        CHECK(scan(nested(1024, "[{"), limit).error == errc{});
        CHECK(scan(nested(1025, "[{"), limit).error == errc::header_too_deep);
    }
}

TEST_CASE("a hundred thousand brackets are too deep at the first one past the limit") {
    for (const auto kinds : {"[", "{"}) {
        const header_scan found = scan(nested(100'000, kinds), 64);
        CHECK(found.error == errc::header_too_deep);
        CHECK(found.depth == 65);
        CHECK(scan(nested(100'000, kinds), 5000).depth == 1025);
    }
    CHECK(scan(std::string(100'000, '{')).error == errc::invalid_header);
    CHECK(scan(std::string(100'000, '[')).error == errc::invalid_header);
}

TEST_CASE("siblings nest no deeper than one of them") {
    std::string text = "{\"k\":[";
    for (int i = 0; i < 1000; ++i) text += "[],{},[{}],";
    text += "0],\"m\":{\"n\":[1]}}";
    CHECK(scan(text).error == errc{});
    CHECK(scan(text).depth == 4);
    CHECK(scan(R"({"k":[[[]],[]]})").depth == 4);
}

TEST_CASE("the first violation in reading order decides") {
    CHECK(scan(R"({"a":[[[x]]]})", 3).error == errc::header_too_deep);
    CHECK(scan(R"({"a":[[x[[[]]})", 3).error == errc::invalid_header);
    CHECK(scan(R"({"a":[[[)", 3).error == errc::header_too_deep); // not for the brace it lacks
    CHECK(scan(R"({"a":[[)", 3).error == errc::invalid_header);
    CHECK(scan("{\"a\":\xff,\"b\":[[[]]]}", 3).error == errc::invalid_header);
    CHECK(scan("{\"b\":[[[]]],\"a\":\xff}", 3).error == errc::header_too_deep);
}

TEST_CASE("an invalid body_size is said only of a header that is otherwise valid") {
    CHECK(scan(R"({"body_size":-1})").error == errc::invalid_body_size);
    CHECK(scan(R"({"body_size":-1}x)").error == errc::invalid_header);
    CHECK(scan(R"({"body_size":-1,"a":})").error == errc::invalid_header);
    CHECK(scan(R"({"body_size":1,"body_size":1,"a":01})").error == errc::invalid_header);
    CHECK(scan(R"({"body_size":null,"a":[[]]})", 2).error == errc::header_too_deep);
    CHECK(scan(R"({"body_size":[[[]]]})", 2).error == errc::header_too_deep);
    CHECK(scan(R"({"body_size":01})").error == errc::invalid_header); // no JSON
}

TEST_CASE("body_size is an unsigned integer of 64 bits, written in digits alone") {
    const struct {
        std::string_view text;
        std::uint64_t size;
    } good[] = {{"0", 0},
                {"1", 1},
                {"10", 10},
                {"4294967296", 4'294'967'296},
                {"9223372036854775808", 9'223'372'036'854'775'808u},
                {"18446744073709551615", 18'446'744'073'709'551'615u}};
    for (const auto& row : good) {
        CAPTURE(row.text);
        const header_scan found = scan("{\"body_size\" : " + std::string(row.text) + " }");
        CHECK(found.error == errc{});
        CHECK(found.has_body_size);
        CHECK(found.body_size() == row.size);
    }
    const auto refuse = [](const spellings& values) {
        for (const std::string_view value : values)
            check_headers(errc::invalid_body_size, {"{\"body_size\":" + std::string(value) + '}'});
    };
    refuse({"-1", "-0", "1.0", "0.0", "1e0", "0e0", "1E3", "1e400", "99999999999999999999"});
    refuse({"18446744073709551616", "18446744073709551620", "28446744073709551615"});
    refuse({"184467440737095516150", "1844674407370955161500000000000000000000000001"});
    refuse({"null", "true", "false", "\"5\"", "\"\"", "[]", "[5]", "{}", R"({"body_size":5})"});
}

TEST_CASE("body_size is found in every spelling of its key, at the top level alone") {
    for (const auto key :
         {R"(body_size)", R"(body\u005fsize)", R"(body\u005Fsize)", R"(\u0062ody_size)",
          R"(body_siz\u0065)", R"(\u0062\u006f\u0064\u0079\u005f\u0073\u0069\u007a\u0065)"}) {
        CAPTURE(key);
        const std::string member = '"' + std::string(key) + "\":5";
        CHECK(scan('{' + member + '}').body_size() == 5);
        CHECK(scan("{\"a\":[1,{}], " + member + " ,\"b\":{}}").body_size() == 5);
        CHECK(scan('{' + member + ",\"body_size\":5}").error == errc::invalid_body_size);
        CHECK(scan("{\"body_size\":5," + member + '}').error == errc::invalid_body_size);

        const header_scan inner = scan("{\"a\":{" + member + "},\"b\":[{" + member + "}]}");
        CHECK(inner.error == errc{});
        CHECK_FALSE(inner.has_body_size);
        CHECK(inner.body_size() == 0);
    }
    for (const auto other : {"", "body", "body_siz", "body_size ", "body_sizes", " body_size",
                             "Body_size", "BODY_SIZE", "body-size", R"(body_size\u0000)",
                             R"(body\\u005fsize)", R"(body_size\n)", R"(body\/size)"}) {
        CAPTURE(other);
        const header_scan found = scan("{\"" + std::string(other) + "\":\"x\"}");
        CHECK(found.error == errc{});
        CHECK_FALSE(found.has_body_size);
    }
}

TEST_CASE("a key read after one with escapes is read afresh") {
    CHECK(scan(R"({"\n":1,"body_size":2})").body_size() == 2);
    CHECK(scan(R"({"a":"\n","body_size":2})").body_size() == 2);
    CHECK(scan(R"({"body\u005fsize":"\n"})").error == errc::invalid_body_size);
    CHECK(scan(R"({"body_size":{"\n":1}})").error == errc::invalid_body_size);
}

TEST_CASE("the position of an error is where its first bad token or character begins") {
    const struct {
        std::string_view text;
        std::size_t position;
    } rows[] = {
        {"", 0},
        {"x", 0},
        {" []", 1},
        {"\xef\xbb\xbf{}", 0},
        {"{", 1},
        {"{x}", 1},
        {"{} x", 3},
        {"{}}", 2},
        {"{}\0"sv, 2},
        {R"({"a"1})", 4},
        {R"({"a" 1})", 5},
        {R"({"a":})", 5},
        {R"({"a":tru})", 5},
        {R"({"a":01})", 6},
        {R"({"a":1.})", 7},
        {R"({"a":-})", 6},
        {R"({"a":1e+})", 8},
        {R"({"a":1 2})", 7},
        {R"({"a":1,})", 7},
        {R"({"a":[1,]})", 8},
        {R"({"a":[1}})", 7},
        {R"({"a":[1])", 8},
        {R"({"a":{"b"}})", 9},
        {R"({"a":"xy)", 8},
        {R"({"a":1  )", 8},
        {R"({"a":"x\q"})", 7},
        {R"({"a":"x\u12"})", 7},
        {R"({"a":"x\ud800"})", 7},
        {"{\"a\":\"x\x1f\"}", 7},
        {"{\"a\":\"x\xe2\x82\"}", 7},
        {R"({"body_size":-1})", 13},
        {R"({"body_size":1, "body_size":2})", 28},
        {R"({"body_size":1, "body_size":2, "body_size":-1})", 28},
        {R"({"body_size":-1,"body_size":2})", 13},
        {R"({"a":[[1]]})", 6}, // with a limit of 2
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const header_scan found = scan(row.text, 2);
        CHECK(found.error != errc{});
        CHECK(found.position() == row.position);
        CHECK(found.body_size() == 0);
    }
    CHECK(scan(rich).position() == 0);
}

TEST_CASE("a byte in a string of any length counts wherever it stands") {
    const struct {
        std::string_view bytes;
        bool good;
    } inserts[] = {
        {"\\n", true},   {"\\\"", true},     {"\xc3\xa9", true}, {R"(\ud83d\ude00)", true},
        {"\x1f", false}, {"\0"sv, false},    {"\xff", false},    {"\xe2\x82", false},
        {"\\x", false},  {"\\ud800", false}, {"\"", false}};
    const std::string plain(200, 'x');
    for (std::size_t size = 0; size <= 200; ++size)
        for (std::size_t place = 0; place <= size; ++place)
            for (const auto& insert : inserts) {
                const std::string inside =
                    plain.substr(0, place).append(insert.bytes).append(size - place, 'x');
                const header_scan key = scan("{\"" + inside + "\":0}");
                const header_scan value = scan("{\"\":\"" + inside + "\"}");
                const bool right = (key.error == errc{}) == insert.good &&
                                   (value.error == errc{}) == insert.good &&
                                   (insert.good || insert.bytes == "\"" ||
                                    (key.position() == 2 + place && value.position() == 5 + place));
                if (!right) FAIL_CHECK(std::string(insert.bytes), " at ", place, " of ", size);
            }
}

// nlohmann/json takes as JSON some spellings that are no header: any other value, what follows a
// NUL byte, what follows a byte order mark. It refuses one text that is JSON: numbers above any
// double.
namespace {
bool is_header_to_nlohmann(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n\r");
    if (first == text.npos || text[first] != '{') return false;
    return text.find('\0') == text.npos && nlohmann::json::accept(text.begin(), text.end());
}

bool is_header(std::string_view text) {
    const errc error = scan(text, 1024).error;
    return error == errc{} || error == errc::invalid_body_size;
}

/// Whether a number in it may be above any double.
bool may_overflow(std::string_view text) {
    const auto e = text.find_first_of("eE");
    return e != text.npos && text.find_first_of("123456789", e) != text.npos;
}
} // namespace

TEST_CASE("whichever byte of a header is replaced, nlohmann/json agrees on the outcome") {
    for (std::size_t place = 0; place < rich.size(); ++place)
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string text(rich);
            text[place] = static_cast<char>(byte);
            if (is_header(text) != is_header_to_nlohmann(text)) FAIL_CHECK(byte, " at ", place);
        }
}

TEST_CASE("on spellings mutated at random nlohmann/json agrees with the scan") {
    constexpr std::string_view seeds[] = {"{}",
                                          R"({"a":1})",
                                          R"({"a":[1,{"b":null}],"c":"d"})",
                                          R"({"\u00e9":"\ud83d\ude00\n"})",
                                          R"( {"x" : [ true , false ] } )",
                                          R"({"n":[-0.5e+1,10,2E-3]})",
                                          "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}"};
    constexpr std::string_view bytes = "{}[]:,\"\\01-+.eE \t\n/\xc3\xa9\xed\xff\x1f\x7f";
    constexpr std::string_view words[] = {
        "\\u",    "\\n",  "d800", "dc00", "\\ud83d\\ude00", "true",        "null", "fals",
        "\"a\":", "\"\"", "[]",   "{}",   "\xe2\x82\xac",   "\xed\xa0\x80"};
    std::mt19937 random(20240607);
    int headers = 0;
    for (int round = 0; round < 40'000; ++round) {
        std::string text(seeds[random() % std::size(seeds)]);
        for (auto edits = random() % 4; edits != 0; --edits) {
            const std::size_t place = random() % (text.size() + 1);
            const std::size_t dropped = random() % 3;
            const std::string_view part = random() % 2 == 0
                                              ? bytes.substr(random() % bytes.size(), 1)
                                              : words[random() % std::size(words)];
            text.replace(place, dropped, part);
        }
        const bool ours = is_header(text);
        headers += ours;
        if (ours != is_header_to_nlohmann(text) && !(ours && may_overflow(text)))
            FAIL_CHECK("round ", round, ": ", text);
    }
    CHECK(headers > 4000); // enough of both kinds
    CHECK(headers < 36'000);
}
