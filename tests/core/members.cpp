// SPDX-License-Identifier: MIT
#include <framing/datagram.hpp>
#include <framing/detail/json/ready_key.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/typed_header.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using framing::errc;
using framing::member;
using helpers::raw_frame;
using helpers::received;
using helpers::sent;

namespace {

/// A member of every kind.
struct all_kinds {
    bool flag = false;
    double ratio = 0;
    float share = 0;
    std::int8_t small = 0;
    std::int64_t number = 0;
    std::uint64_t size = 0;
    std::string text;
    std::vector<int> list;
    std::optional<std::string> note;
    std::optional<int> count;

    friend bool operator==(const all_kinds&, const all_kinds&) = default;
};

/// With a read of its own, which takes nothing.
struct unreadable {};

struct odd_names {
    int quote = 0;
    int empty = 0;
    int e_acute = 0;
    int backslash_n = 0;
    int control = 0;
    friend bool operator==(const odd_names&, const odd_names&) = default;
};

struct sized {
    std::uint64_t body_size = 0;
    int id = 0;
};

struct maybe_sized {
    std::optional<std::uint64_t> body_size;
};

struct signed_size {
    int body_size = 0;
};

struct flag_size {
    bool body_size = false;
};

struct viewed {
    std::string_view text;
};

struct nothing {};

} // namespace

template <>
struct framing::header_traits<unreadable> {
    static bool read(const framing::header_view&, unreadable&) { return false; }
};
template <>
struct framing::header_traits<all_kinds>
    : framing::members<all_kinds, member<"flag", &all_kinds::flag>,
                       member<"ratio", &all_kinds::ratio>, member<"share", &all_kinds::share>,
                       member<"small", &all_kinds::small>, member<"number", &all_kinds::number>,
                       member<"size", &all_kinds::size>, member<"text", &all_kinds::text>,
                       member<"list", &all_kinds::list>, member<"note", &all_kinds::note>,
                       member<"count", &all_kinds::count>> {};
template <>
struct framing::header_traits<odd_names>
    : framing::members<odd_names, member<"\"", &odd_names::quote>, member<"", &odd_names::empty>,
                       member<"\xc3\xa9", &odd_names::e_acute>,
                       member<"\\n", &odd_names::backslash_n>,
                       member<"\x1f", &odd_names::control>> {};
template <>
struct framing::header_traits<sized>
    : framing::members<sized, member<"body_size", &sized::body_size>, member<"id", &sized::id>> {};
template <>
struct framing::header_traits<maybe_sized>
    : framing::members<maybe_sized, member<"body_size", &maybe_sized::body_size>> {};
template <>
struct framing::header_traits<signed_size>
    : framing::members<signed_size, member<"body_size", &signed_size::body_size>> {};
template <>
struct framing::header_traits<flag_size>
    : framing::members<flag_size, member<"body_size", &flag_size::body_size>> {};
template <>
struct framing::header_traits<viewed> : framing::members<viewed, member<"text", &viewed::text>> {};
template <>
struct framing::header_traits<nothing> : framing::members<nothing> {};

namespace {

const all_kinds full{true,
                     0.1,
                     0.1f,
                     -128,
                     std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::uint64_t>::max(),
                     "a\"\\\n\x01\xc3\xa9",
                     {1, -2},
                     "n",
                     -5};

} // namespace

TEST_CASE("members are written in the order of the list") {
    CHECK(sent(full) ==
          R"({"flag":true,"ratio":0.1,"share":0.1,"small":-128,"number":-9223372036854775808,)"
          R"("size":18446744073709551615,"text":"a\"\\\n\u0001)"
          "\xc3\xa9"
          R"(","list":[1,-2],"note":"n","count":-5})");
}

TEST_CASE("what members write they read") {
    CHECK(received<all_kinds>(sent(full)) == full);
    const all_kinds plain;
    CHECK(received<all_kinds>(sent(plain)) == plain);
}

TEST_CASE("members are read in any order, with others between them") {
    CHECK(received<chat>(R"({"seq":7,"from":"ann","type":"chat"})") == chat{"chat", "ann", 7});
    CHECK(
        received<chat>(
            R"( { "x" : [ {"type":0} ] , "from" : "ann" , "seq" : 7 , "type" : "chat", "y":{} } )") ==
        chat{"chat", "ann", 7});
}

TEST_CASE("the last of two members of one name counts, whatever the first one is") {
    CHECK(received<chat>(R"({"type":1,"from":"a","seq":7,"type":"b"})") == chat{"b", "a", 7});
    CHECK(received<chat>(R"({"type":"a","\u0074ype":"b","from":"a","seq":7})") ==
          chat{"b", "a", 7});
    CHECK_FALSE(received<chat>(R"({"type":"a","from":"a","seq":7,"type":1})"));
    CHECK(received<all_kinds>(R"({"note":"x",)" +
                              sent(all_kinds()).substr(1).insert(0, R"("note":null,)"))
              ->note == std::nullopt);
}

TEST_CASE("escapes are read in names and in values") {
    CHECK(received<chat>(R"({"t\u0079pe":"\u00e9\n","\u0066rom":"\ud83d\ude00","s\u0065q":7})") ==
          chat{"\xc3\xa9\n", "\xf0\x9f\x98\x80", 7});
    CHECK(received<chat>(R"({"type": "\n", "from":"\t", "seq":7})") == chat{"\n", "\t", 7});
}

TEST_CASE("a name may be empty or need escapes") {
    const odd_names odd{1, 2, 3, 4, 5};
    CHECK(sent(odd) == "{\"\\\"\":1,\"\":2,\"\xc3\xa9\":3,\"\\\\n\":4,\"\\u001f\":5}");
    CHECK(received<odd_names>(sent(odd)) == odd);
    const auto with = [](std::string_view quote, std::string_view backslash_n) {
        return received<odd_names>("{\"" + std::string(quote) + R"(":1,"":2,"\u00E9":3,")" +
                                   std::string(backslash_n) + R"(":4,"\u001F":5})");
    };
    CHECK(with(R"(\u0022)", R"(\\n)") == odd);
    CHECK_FALSE(with(R"(\\\")", R"(\\n)"));
    CHECK_FALSE(with(R"(\")", R"(\n)")); // a line feed, though it is written as the name is
}

TEST_CASE("a member that is missing or of another kind is a mismatch, unless it is optional") {
    CHECK_FALSE(received<chat>("{}"));
    CHECK_FALSE(received<chat>(R"({"type":"chat","from":"ann"})"));
    CHECK_FALSE(received<chat>(R"({"type":"chat","from":"ann","Seq":7})"));
    CHECK_FALSE(received<chat>(R"({"types":"chat","from":"ann","seq":7})"));
    CHECK_FALSE(received<chat>(R"({"a":{"type":"chat","from":"ann","seq":7}})"));
    for (const auto seq :
         {"-1", "7.0", "7e0", "18446744073709551616", "\"7\"", "null", "true", "[7]"}) {
        CAPTURE(seq);
        CHECK_FALSE(
            received<chat>(R"({"type":"chat","from":"ann","seq":)" + std::string(seq) + '}'));
    }
    for (const auto type : {"1", "null", "true", "[\"chat\"]", "{}"}) {
        CAPTURE(type);
        CHECK_FALSE(received<chat>(R"({"from":"ann","seq":7,"type":)" + std::string(type) + '}'));
    }
}

TEST_CASE("an optional member is empty when absent or null, not written when empty, and strict") {
    const std::string without = sent(all_kinds());
    CHECK(without.find("note") == without.npos);
    CHECK(without.find("count") == without.npos);

    const auto with = [&](std::string_view more) {
        return received<all_kinds>("{" + std::string(more) + "," + without.substr(1));
    };
    CHECK(with(R"("count":null)")->count == std::nullopt);
    CHECK(with(R"("count":5)")->count == 5);
    CHECK_FALSE(with(R"("count":"5")"));
    CHECK_FALSE(with(R"("count":2147483648)"));
    CHECK_FALSE(with(R"("note":5)"));
}

TEST_CASE("nothing of an earlier header is left in the next one") {
    std::string wire = raw_frame(sent(full));
    wire += raw_frame(sent(all_kinds()));
    framing::reassembler<all_kinds> incoming;
    std::vector<all_kinds> headers;
    for (const auto& frame : incoming.feed(wire)) headers.push_back(frame.header);
    REQUIRE(headers.size() == 2);
    CHECK(headers[0] == full);
    CHECK(headers[1] == all_kinds());
}

namespace {
struct point {
    int x = 0;
    int y = 0;
};
void from_json(const nlohmann::json& json, point& value) {
    if (json.contains("x")) json.at("x").get_to(value.x);
    if (json.contains("y")) json.at("y").get_to(value.y);
}
struct outline {
    point where;
    int corners[2]{};
};
} // namespace
template <>
struct framing::header_traits<outline>
    : framing::members<outline, framing::member<"where", &outline::where>,
                       framing::member<"corners", &outline::corners>> {};

namespace {
struct numbered {
    int seq = 0;
};
} // namespace
template <>
struct framing::header_traits<numbered>
    : framing::members<numbered, framing::member<"seq", &numbered::seq>> {
    static bool read(const framing::header_view& text, numbered& header) {
        return members::read(text, header) && header.seq > 0;
    }
};

TEST_CASE("a read of the user's own, put before that of members, is asked") {
    framing::reassembler<numbered> incoming;
    int frames = 0;
    for (const auto& frame :
         incoming.feed(helpers::raw_frame(R"({"seq":7})") + helpers::raw_frame(R"({"seq":0})")))
        frames += frame.header.seq == 7;
    CHECK(frames == 1);
    CHECK(incoming.error() == framing::errc::header_mismatch);
}

TEST_CASE("nothing of an earlier value is left in one that nlohmann/json reads") {
    framing::reassembler<outline> incoming;
    const std::string wire = helpers::raw_frame(R"({"where":{"x":1,"y":2},"corners":[4,5]})") +
                             helpers::raw_frame(R"({"where":{"x":3},"corners":[6,7]})");
    std::vector<int> seen;
    for (const auto& frame : incoming.feed(wire)) {
        seen.push_back(frame.header.where.x);
        seen.push_back(frame.header.where.y);
        seen.push_back(frame.header.corners[1]);
    }
    CHECK(seen == std::vector{1, 2, 5, 3, 0, 7});
}

namespace {
struct partly_listed {
    std::string listed;
    int kept = 7;
};
} // namespace
template <>
struct framing::header_traits<partly_listed>
    : framing::members<partly_listed, framing::member<"listed", &partly_listed::listed>> {};

TEST_CASE("a member of the type that is not listed is left alone") {
    framing::reassembler<partly_listed> incoming;
    for (auto& frame : incoming.feed(helpers::raw_frame(R"({"listed":"a","kept":1})"))) {
        CHECK(frame.header.listed == "a");
        CHECK(frame.header.kept == 7);
        frame.header.kept = 8;
    }
    for (const auto& frame : incoming.feed(helpers::raw_frame(R"({"listed":"b"})"))) {
        CHECK(frame.header.listed == "b");
        CHECK(frame.header.kept == 8);
    }
}

TEST_CASE("a number that its member cannot hold is a mismatch") {
    const auto with = [](std::string_view name, std::string_view number) {
        return received<all_kinds>(
            sent(all_kinds())
                .insert(sent(all_kinds()).size() - 1,
                        ",\"" + std::string(name) + "\":" + std::string(number)));
    };
    CHECK(with("ratio", "5").value().ratio == 5);
    CHECK(with("ratio", "1e-400")); // too small for a double: zero, as to a tree
    CHECK_FALSE(with("ratio", "1e400"));
    CHECK_FALSE(with("share", "1e39"));
    CHECK_FALSE(with("small", "128"));
    CHECK_FALSE(with("flag", "1"));
    CHECK_FALSE(with("list", "[1e400]"));
    CHECK(with("other", "1e400")); // read by nobody
}

TEST_CASE("a mismatch names the member, what it is and what it is to be") {
    const std::string good = sent(all_kinds{});
    const auto why = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        framing::fault found;
        CHECK_FALSE(framing::decode_datagram<all_kinds>(raw_frame(text), found));
        CHECK(found.expected != "");
        return found.message();
    };
    const std::string opening = "header_mismatch: frame 0 at offset 0: its member ";
    CHECK(why(R"("small":0)", R"("small":300)") ==
          opening + R"("small" is 300, not an integer from -128 to 127)");
    CHECK(why(R"("small":0)", R"("small":-1.5e3)") ==
          opening + R"("small" is -1.5e3, not an integer from -128 to 127)");
    CHECK(why(R"("size":0)", R"("size":"0")") ==
          opening + R"("size" is a string, not an integer from 0 to 18446744073709551615)");
    CHECK(why(R"("flag":false)", R"("flag":null)") ==
          opening + R"("flag" is null, not true or false)");
    CHECK(why(R"("ratio":0.0)", R"("ratio":[])") ==
          opening + R"("ratio" is an array, not a number)");
    CHECK(why(R"("text":"")", R"("text":{})") == opening + R"("text" is an object, not a string)");
    CHECK(why(R"("text")", R"("texts")") == opening + R"("text" is missing: a string)");
    CHECK(why(R"("flag":false)", R"("flag":0,"note":1)") ==
          opening + R"("flag" is 0, not true or false)"); // the first of the list
    const std::string long_number(100, '9');
    CHECK(why(R"("small":0)", R"("small":)" + long_number) ==
          opening + R"("small" is )" + long_number.substr(0, 31) +
              ", not an integer from -128 to 127");
}

TEST_CASE("what has no names for its members says only that it does not fit") {
    framing::fault why;
    CHECK_FALSE(framing::decode_datagram<unreadable>(raw_frame("{}"), why));
    CHECK(why.member.empty());
    CHECK(why.message().ends_with("does not fit the type it is read as"));
}

TEST_CASE("an encoder names the member that it refuses") {
    framing::encoder<all_kinds> encoder;
    std::string wire;
    CHECK(encoder.refused_member().empty());
    all_kinds header;
    header.share = std::numeric_limits<float>::infinity();
    header.text = "\xff";
    CHECK(encoder.encode(header, "", wire) == errc::invalid_header);
    CHECK(encoder.refused_member() == "share");
    header.share = 0;
    CHECK(encoder.encode(header, "", wire) == errc::invalid_header);
    CHECK(encoder.refused_member() == "text");
    header.text = std::string(100'000, 'x');
    CHECK(encoder.encode(header, "", wire) == errc::header_too_large);
    CHECK(encoder.refused_member().empty()); // it is the whole

    framing::encoder<sized> with_size;
    CHECK(with_size.encode({7}, "hello", wire) == errc::body_size_mismatch);
    CHECK(with_size.refused_member() == "body_size");
}

TEST_CASE("what JSON cannot say is refused when written") {
    all_kinds bad;
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL}) {
        bad.ratio = value;
        CHECK(sent(bad) == "invalid_header");
    }
    CHECK(sent(chat{"\xff", "", 0}) == "invalid_header");
    CHECK(sent(chat{"", "\xed\xa0\x80", 0}) == "invalid_header");
}

TEST_CASE("a member's name is escaped as its value would be") {
    constexpr framing::detail::fixed_string name("a\"\\\n\x01z");
    char text[64];
    const std::size_t size = framing::detail::write_ready_key(name.view(), text);
    CHECK(std::string_view(text, size) == R"(,"a\"\\\n\u0001z":)");
}

TEST_CASE("a text is read to its end and no further, however long it is") {
    for (std::size_t size = 0; size <= 40; ++size) {
        const std::vector<char> exact(size, 'x'); // a sanitizer sees a look behind it
        CHECK(sent(viewed{{exact.data(), size}}) ==
              R"({"text":")" + std::string(size, 'x') + R"("})");
    }
}

TEST_CASE("a member body_size is filled from the header, and 0 when that has none") {
    CHECK(received<sized>(R"({"id":1,"body_size":5})", "hello")->body_size == 5);
    CHECK(received<sized>(R"({"id":1})")->body_size == 0);
    CHECK(received<maybe_sized>("{}")->body_size == std::nullopt);
}

TEST_CASE("a member body_size has to equal the body, and stands first and once") {
    CHECK(sent(sized{5, 1}, "hello") == R"({"body_size":5,"id":1}hello)");
    CHECK(sent(sized{0, 1}) == R"({"id":1})");
    CHECK(sent(sized{4, 1}, "hello") == "body_size_mismatch");
    CHECK(sent(sized{5, 1}) == "body_size_mismatch");
    CHECK(sent(maybe_sized{}, "hello") == R"({"body_size":5}hello)");
    CHECK(sent(maybe_sized{5}, "hello") == R"({"body_size":5}hello)");
    CHECK(sent(maybe_sized{6}, "hello") == "body_size_mismatch");
    CHECK(sent(flag_size{true}, "x") == "body_size_mismatch"); // true is no number

    CHECK(sent(signed_size{5}, "hello") == R"({"body_size":5}hello)");
    std::string wire;
    CHECK(framing::encoder<signed_size>().encode_head({-1}, ~std::uint64_t{0}, wire) ==
          errc::body_size_mismatch);
}

TEST_CASE("a type without members is the empty object") {
    CHECK(sent(nothing()) == "{}");
    CHECK(sent(nothing(), "hi") == R"({"body_size":2}hi)");
    CHECK(received<nothing>(R"({"a":1})"));
}
