// SPDX-License-Identifier: MIT
#include <framing/detail/json/scan_header.hpp>
#include <framing/error.hpp>
#include <framing/nlohmann.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <iterator>
#include <random>
#include <string>
#include <string_view>

using framing::errc;
using nlohmann::json;
using nlohmann::ordered_json;

namespace {

/// Whether our tree of a checked text is the one that nlohmann's parser builds, to the kind of each
/// number and the order of members.
template <class Json>
bool same_tree(const std::string& text) {
    const Json ours = framing::detail::read_tree<Json>(text);
    const Json theirs = Json::parse(text.begin(), text.end(), nullptr, false);
    if (ours.is_discarded() || theirs.is_discarded())
        return ours.is_discarded() == theirs.is_discarded();
    return ours == theirs && ours.dump() == theirs.dump() &&
           Json::to_cbor(ours) == Json::to_cbor(theirs);
}

void check_same(const std::string& text) {
    CAPTURE(text);
    CHECK(same_tree<json>(text));
    CHECK(same_tree<ordered_json>(text));
}

} // namespace

TEST_CASE("numbers become what nlohmann/json makes of them") {
    for (const char* const number : {"0",
                                     "-0",
                                     "1",
                                     "-1",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "99999999999999999999",
                                     "9223372036854775807",
                                     "9223372036854775808",
                                     "-9223372036854775808",
                                     "-9223372036854775809",
                                     "0.0",
                                     "-0.0",
                                     "1.5",
                                     "1e2",
                                     "1E+2",
                                     "1e-2",
                                     "0.1",
                                     "1e308",
                                     "1.7976931348623157e308",
                                     "1e309",
                                     "-1e400",
                                     "1e-400",
                                     "5e-324",
                                     "123456789012345678901e3"})
        check_same("{\"n\":" + std::string(number) + '}');
}

TEST_CASE("strings, containers and literals become what nlohmann/json makes of them") {
    for (const char* const text :
         {"{}", " { } ", R"({"a":{}})", R"({"a":[]})", R"({"a":[[],{},[{}]]})",
          R"({"a":true,"b":false,"c":null})",
          R"({ "a" : [ true , false , null , 1 ] , "b" : "x" })", R"({"":""})",
          R"({"\u0061\n":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000"})",
          "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80 x \xe4\xbd\xa0\"}"})
        check_same(text);
}

TEST_CASE("of two members of one name the last one counts, where the first one stood") {
    for (const char* const text : {R"({"a":1,"b":2,"a":3})", R"({"a":{"x":1},"b":2,"a":{"y":1}})",
                                   R"({"a":[1,2],"a":"x"})", R"({"a":"x","\u0061":[1]})"})
        check_same(text);
}

TEST_CASE("a tree may be as deep as a header") {
    const std::string deep = "{\"a\":" + std::string(1023, '[') + std::string(1023, ']') + '}';
    REQUIRE(framing::detail::scan_header(deep, 1024).error == errc{});
    check_same(deep);
}

TEST_CASE("of headers mutated at random the tree is the one that nlohmann/json builds") {
    constexpr std::string_view seeds[] = {
        R"({"a":1,"b":-2.5,"c":"d"})", R"({"a":[1,{"b":null}],"c":"d","a":{"c":true}})",
        R"({"\u00e9":"\ud83d\ude00\n","x":[[],{}]})", R"( {"x" : [ true , false , 1e3 ] } )"};
    constexpr std::string_view bytes = "{}[]:,\"\\01-+.eE n\xc3\xa9";
    std::mt19937 random(20240607);
    int headers = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text(seeds[random() % std::size(seeds)]);
        for (auto edits = random() % 3; edits != 0; --edits)
            text.replace(random() % (text.size() + 1), random() % 2, 1,
                         bytes[random() % bytes.size()]);
        if (framing::detail::scan_header(text, 64).error != errc{}) continue;
        ++headers;
        if (!same_tree<json>(text) || !same_tree<ordered_json>(text))
            FAIL_CHECK("round ", round, ": ", text);
    }
    CHECK(headers > 6000);
}
