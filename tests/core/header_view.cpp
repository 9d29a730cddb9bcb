// SPDX-License-Identifier: MIT
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/nlohmann.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/checked_view.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using framing::errc;
using framing::fault;
using framing::header_view;
using framing::value_view;
using helpers::view;
using namespace std::string_view_literals;

namespace {

/// The value that JSON text is, read as T.
template <class T>
std::optional<T> read(std::string_view json) {
    const std::string text = "{\"before\":[0],\"k\": " + std::string(json) + " ,\"after\":{}}";
    return view(text).find("k").get<T>();
}

template <class T>
bool refuses_all(std::initializer_list<std::string_view> values) {
    return std::none_of(values.begin(), values.end(),
                        [](auto value) { return read<T>(value).has_value(); });
}

fault fault_of(std::string_view text, const framing::limits& limits = {}) {
    fault why;
    CHECK_FALSE(header_view::parse(text, limits, why));
    return why;
}

static_assert(header_view().text() == "{}");
static_assert(header_view().body_size() == 0);
static_assert(!header_view().find("a"));
static_assert(std::is_trivially_copyable_v<header_view>);

} // namespace

TEST_CASE("a header_view of nothing is the empty object") {
    const header_view empty;
    CHECK(empty.text() == "{}");
    CHECK(empty.json() == nlohmann::json::object());
    CHECK_FALSE(empty.find(""));
}

TEST_CASE("parse views the text itself, white space and all") {
    const std::string_view text = " {\"body_size\": 7} ";
    fault why{.code = errc::truncated};
    const auto parsed = header_view::parse(text, {}, why);
    REQUIRE(parsed);
    CHECK_FALSE(why); // no fault of an earlier call is left
    CHECK(parsed->text().data() == text.data());
    CHECK(parsed->text() == text);
    CHECK(parsed->body_size() == 7);
}

TEST_CASE("parse judges as a receiver does, and says where") {
    CHECK(fault_of("") == errc::empty_header);
    CHECK(fault_of("{\"body_size\":-1}") == errc::invalid_body_size);

    const fault large = fault_of("{\"a\":1}", {.max_header_size = 6});
    CHECK(large == errc::header_too_large);
    CHECK(large.part == framing::frame_part::length);
    CHECK(large.declared == 7);
    CHECK(large.limit == 6);

    const fault invalid = fault_of("{\"a\":?}");
    CHECK(invalid == errc::invalid_header);
    CHECK(invalid.part == framing::frame_part::header);
    CHECK(invalid.position == 5);
    CHECK(invalid.declared == 7);

    const fault deep = fault_of("{\"a\":[[1]]}", {.max_depth = 2});
    CHECK(deep == errc::header_too_deep);
    CHECK(deep.declared == 3);
    CHECK(deep.limit == 2);
    CHECK(deep.position == 6);
}

TEST_CASE("a text that is longer than a length can say is too large, whatever the limit") {
    constexpr std::uint64_t beyond = std::uint64_t{1} << 32;
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    if (beyond > most) return; // there is no such text
    // It is judged by its size alone.
    const fault large =
        fault_of({"{}", static_cast<std::size_t>(beyond)}, {.max_header_size = most});
    CHECK(large == errc::header_too_large);
    CHECK(large.declared == beyond);
    CHECK(large.limit == 0xffffffff);
}

TEST_CASE("a limit of depth above 1024 is told as the 1024 it means") {
    const std::string text = "{\"a\":" + std::string(2000, '[');
    CHECK(fault_of(text, {.max_depth = 5000}).limit == 1024);
}

TEST_CASE("parse does not judge how large a body is") {
    CHECK(view(R"({"body_size":18446744073709551615})").body_size() == 18446744073709551615u);
}

TEST_CASE("find gives the value as it is written") {
    const header_view header = view(
        "{ \"a\" : -1.50e+1 ,\"b\":\"x\\ny\"\n,\"c\":[1, 2] , \"d\":{\"e\": null}\t,\"f\":true}");
    CHECK(header.find("a").raw() == "-1.50e+1");
    CHECK(header.find("b").raw() == R"("x\ny")");
    CHECK(header.find("c").raw() == "[1, 2]");
    CHECK(header.find("d").raw() == R"({"e": null})");
    CHECK(header.find("f").raw() == "true");
}

TEST_CASE("a member that is absent is false, has no text and equals nothing") {
    const header_view header = view(R"({"a":""})");
    CHECK(header.find("a"));
    for (const auto absent : {"", "A", "a ", "aa", "\"a\""}) {
        CAPTURE(absent);
        CHECK_FALSE(header.find(absent));
        CHECK(header.find(absent).raw().empty());
        CHECK_FALSE(header.find(absent) == "");
        CHECK_FALSE(header.find(absent).get<std::string>());
        CHECK_FALSE(header.find(absent).get<std::optional<int>>());
        CHECK_FALSE(header.find(absent).get<nlohmann::json>());
    }
    CHECK(view(R"({"":1})").find(""));
    CHECK_FALSE(value_view());
}

TEST_CASE("find takes the last of two, in whichever spelling") {
    CHECK(view(R"({"a":1,"b":2,"a":3})").find("a").raw() == "3");
    CHECK(view(R"({"a":1,"\u0061":2})").find("a").raw() == "2");
    CHECK(view(R"({"\u0061":1,"a":2})").find("a").raw() == "2");
}

TEST_CASE("find reads the escapes of a key") {
    const header_view header = view(
        R"({"\"":1,"\\":2,"\/":3,"\b\f\n\r\t":4,"\u00e9":5,"\ud83d\ude00":6,"a\u0000b":7,"\u20ac.":8,"k\u0065y":9})");
    const struct {
        std::string_view key;
        std::string_view value;
    } rows[] = {{"\"", "1"},       {"\\", "2"},
                {"/", "3"},        {"\b\f\n\r\t", "4"},
                {"\xc3\xa9", "5"}, {"\xf0\x9f\x98\x80", "6"},
                {"a\0b"sv, "7"},   {"\xe2\x82\xac.", "8"},
                {"key", "9"}};
    for (const auto& row : rows) {
        CAPTURE(row.value);
        CHECK(header.find(row.key).raw() == row.value);
    }
    for (const auto raw : {R"(\")", R"(\\)", R"(\u00e9)", R"(k\u0065y)", "a", "ke", "keyy"}) {
        CAPTURE(raw);
        CHECK_FALSE(header.find(raw));
    }
}

TEST_CASE("a key is not found by the bytes that spell it") {
    CHECK_FALSE(view(R"({"\"":1})").find(R"(\")"));
    CHECK(view(R"({"\\\"":1})").find(R"(\")"));
    CHECK_FALSE(view(R"({"\\n":1})").find("\n"));
    CHECK(view(R"({"\\n":1})").find("\\n"));
}

TEST_CASE("brackets, quotes and commas in strings and nested values mislead no search") {
    const header_view header = view(
        R"({"s":"}],{\"x\":1,\\","o":{"x":2,"s":"\"}","a":[{"x":"]"}]},"a":["}","\\\"",[{"x":3}],{}],"":"","x":4,"y":"\\"})");
    CHECK(header.find("x").raw() == "4");
    CHECK(header.find("y").raw() == R"("\\")");
    CHECK(header.find("s") == R"(}],{"x":1,\)");
    CHECK(header.find("o").raw() == R"({"x":2,"s":"\"}","a":[{"x":"]"}]})");
    CHECK(header.find("a").raw() == R"(["}","\\\"",[{"x":3}],{}])");
}

TEST_CASE("a member behind strings of any length is found") {
    for (std::size_t size = 0; size <= 200; ++size) {
        CAPTURE(size);
        const std::string x(size, 'x');
        const std::string text =
            "{\"" + x + "\\\"\":\"\\\\" + x + "\",\"o\":[\"" + x + "\\\"\"],\"k\":\"" + x + "\"}";
        const std::vector<char> exact(text.begin(), text.end());
        const header_view header = view({exact.data(), exact.size()});
        CHECK(header.find("k") == x);
        CHECK(header.find(x + '"') == '\\' + x);
    }
}

TEST_CASE("a value equals a text if it is a string that says it, its escapes read") {
    const header_view header =
        view(R"({"a":"chat","b":"\u0063h\u0061t","c":"ch\"at","d":"","n":1,"e":"\u0000","l":[1]})");
    CHECK(header.find("a") == "chat");
    CHECK(header.find("b") == "chat");
    CHECK(header.find("c") == "ch\"at");
    CHECK(header.find("d") == "");
    CHECK(header.find("e") == "\0"sv);
    CHECK("chat" == header.find("a"));
    CHECK(header.find("a") != "cha");
    CHECK(header.find("a") != "chats");
    CHECK(header.find("a") != "");
    CHECK(header.find("b") != R"(\u0063h\u0061t)");
    CHECK(header.find("c") != R"(ch\"at)");
    CHECK(header.find("n") != "1");
    CHECK(header.find("n") != "");
    CHECK(header.find("l") != "1");
}

TEST_CASE("a string is read with its escapes, and nothing else is a string") {
    CHECK(read<std::string>(R"("")") == "");
    CHECK(read<std::string>(R"("a\u0000\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00z")") ==
          "a\0\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"sv);
    CHECK(refuses_all<std::string>({"1", "true", "null", "[]", R"(["a"])", "{}"}));
}

TEST_CASE("a bool is true or false alone") {
    CHECK(read<bool>("true") == true);
    CHECK(read<bool>("false") == false);
    CHECK(refuses_all<bool>({"1", "0", "null", R"("true")", "[true]"}));
}

TEST_CASE_TEMPLATE("an integer is read to the ends of its range and no further", T, std::int8_t,
                   std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                   std::int64_t, std::uint64_t, long long) {
    using limits = std::numeric_limits<T>;
    const auto beyond = [](std::string number) {
        ++number.back(); // no such range ends in a 9
        return number;
    };
    const std::string least = std::to_string(limits::min());
    const std::string most = std::to_string(limits::max());
    CHECK(read<T>(least) == limits::min());
    CHECK(read<T>(most) == limits::max());
    CHECK_FALSE(read<T>(beyond(most)));
    CHECK_FALSE(read<T>(limits::is_signed ? beyond(least) : "-1"));
    CHECK(refuses_all<T>({"1.0", "1e0", "0.5", "1E1", "null", "true", R"("1")", "[1]", "{}",
                          "99999999999999999999", "-99999999999999999999", "1e400"}));
}

TEST_CASE("a minus zero is a signed zero and no unsigned one") {
    CHECK(read<int>("-0") == 0);
    CHECK_FALSE(read<unsigned>("-0"));
}

TEST_CASE("a floating-point number is read from every number it can hold") {
    CHECK(read<double>("0.1") == 0.1);
    CHECK(read<double>("-1.5E+3") == -1500);
    CHECK(read<double>("7") == 7);
    CHECK(read<double>("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(read<double>("5e-324") == std::numeric_limits<double>::denorm_min());
    CHECK(std::signbit(read<double>("-0.0").value()));
    CHECK(read<float>("0.1") == 0.1f);
    CHECK(refuses_all<double>({"1e400", "-1e400", "null", "true", R"("1")", R"("nan")", "[1]"}));
    CHECK(refuses_all<float>({"1e39", "-1e39"}));
}

TEST_CASE("a number too small for a floating-point type is zero to it") {
    CHECK(read<double>("1e-400") == 0);
    CHECK(read<double>("-1e-400") == 0);
    CHECK(read<float>("1e-60") == 0);
}

TEST_CASE("an optional is empty when the value is null, and strict when it is not") {
    CHECK(read<std::optional<int>>("5") == std::optional(5));
    REQUIRE(read<std::optional<int>>("null"));
    CHECK(*read<std::optional<int>>("null") == std::nullopt);
    CHECK_FALSE(read<std::optional<int>>("5.0"));
}

TEST_CASE("what nlohmann/json can convert is read through it") {
    CHECK(read<std::vector<int>>("[1, 2, 3]") == std::vector{1, 2, 3});
    CHECK(read<std::map<std::string, std::string>>(R"({"a":"b"})").value().at("a") == "b");
    CHECK(read<nlohmann::json>("[1,null]") == nlohmann::json::parse("[1,null]"));
    CHECK(read<nlohmann::json>("null") == nlohmann::json());
    CHECK(refuses_all<std::vector<int>>({"1", "null", R"(["a"])", "{}", "[1e400]"}));
    CHECK(refuses_all<nlohmann::json>({"1e400", "[1e400]"}));
}

TEST_CASE("get_to leaves its target as it was when the value does not fit") {
    const header_view header = view(R"({"n":300,"s":"text","v":[1,"two"]})");
    std::uint8_t number = 7;
    std::string text = "kept";
    std::vector<int> numbers{1, 2};
    bool flag = true;
    CHECK_FALSE(header.find("n").get_to(number));
    CHECK_FALSE(header.find("n").get_to(text));
    CHECK_FALSE(header.find("v").get_to(numbers));
    CHECK_FALSE(header.find("s").get_to(flag));
    CHECK_FALSE(header.find("absent").get_to(text));
    CHECK(number == 7);
    CHECK(text == "kept");
    CHECK(numbers == std::vector{1, 2});
    CHECK(flag);

    CHECK(header.find("s").get_to(text));
    CHECK(text == "text");
}

TEST_CASE("get reads the whole header as any header type, or not at all") {
    const header_view header = view(R"({"type":"chat","from":"ann","seq":7})");
    CHECK(header.get<chat>() == chat{"chat", "ann", 7});
    CHECK(header.get<nlohmann::json>() == header.json());
    CHECK(header.get<header_view>()->text() == header.text());
    CHECK_FALSE(header.get<std::map<std::string, std::string>>());
    CHECK(view(R"({"a":"b"})").get<std::map<std::string, std::string>>()->at("a") == "b");
    CHECK_FALSE(view("{}").get<chat>());
}

TEST_CASE("json reads the whole header, and discards a number that no double holds") {
    CHECK(view(R"( {"a":[1,"\u00e9"]} )").json() ==
          nlohmann::json{{"a", nlohmann::json::array({1, "\xc3\xa9"})}});
    CHECK(view(R"({"a":1e400})").json().is_discarded());
}

TEST_CASE("a header as deep as can be is searched without recursion") {
    const std::string text =
        "{\"a\":" + std::string(1023, '[') + std::string(1023, ']') + ",\"b\":1}";
    CHECK(view(text).find("b").raw() == "1");
    CHECK(view(text).find("a").raw().size() == 2046);
}
