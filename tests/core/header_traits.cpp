// SPDX-License-Identifier: MIT
#include <framing/datagram.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/header_writer.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include "../helpers/raw_frame.hpp"
#include "../helpers/typed_header.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using framing::errc;
using helpers::raw_frame;
using helpers::received;
using helpers::sent;
using nlohmann::json;
using nlohmann::ordered_json;

namespace app {

/// A header type as nlohmann's macro makes it.
struct upload {
    std::string path;
    std::vector<int> parts;
    bool resume = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(upload, path, parts, resume)

/// One that takes what it finds.
struct rights {
    std::string name;
    bool admin = false;
};
void to_json(json& to, const rights& from) {
    to = json{{"name", from.name}};
}
void from_json(const json& from, rights& to) {
    from.at("name").get_to(to.name);
    if (from.contains("admin")) from.at("admin").get_to(to.admin);
}

/// One that asks for nothing.
struct anything {};
void from_json(const json&, anything&) {}

/// One that finds no memory.
struct burden {};
void from_json(const json&, burden&) {
    throw std::bad_alloc();
}

/// One whose conversion has rules of its own.
struct percent {
    int value = 0;
};
void to_json(json& to, const percent& from) {
    to = json{{"percent", from.value}};
}
void from_json(const json& from, percent& to) {
    from.at("percent").get_to(to.value);
    if (to.value > 100) throw std::domain_error("percent");
}

/// One with traits of its own, which may be a member, too.
struct point {
    int x = 0;
    int y = 0;
};
struct clumsy {
    bool before = false;
    bool twice = false;
    bool inside = false;
    bool behind = false;
    bool list = false;
};
struct line {
    std::vector<point> ends;
};

} // namespace app

template <>
struct framing::header_traits<app::point> {
    static bool read(const framing::header_view& text, app::point& header) {
        return text.find("x").get_to(header.x) && text.find("y").get_to(header.y);
    }
    static void write(const app::point& header, framing::header_writer& out) {
        out.object([&] {
            out.member("x", header.x);
            out.member("y", header.y);
        });
    }

    // In a header it is [x,y].
    static bool read_json(std::string_view raw, app::point& value) {
        std::array<int, 2> both{};
        if (!framing::value_view(raw).get_to(both)) return false;
        value = {both[0], both[1]};
        return true;
    }
    static void write_json(const app::point& value, framing::header_writer& out) {
        out.array([&] {
            out.element(value.x);
            out.element(value.y);
        });
    }
};
/// Traits that write a header in the wrong way, and one that is right.
template <>
struct framing::header_traits<app::clumsy> {
    static void write(const app::clumsy& header, framing::header_writer& out) {
        if (header.before) out.write(1);
        if (header.twice) out.object([] {});
        if (header.inside) out.object([] {});
        if (header.behind) out.element(1);
        if (header.list) out.array([] {});
    }
};
template <>
struct framing::header_traits<app::line>
    : framing::members<app::line, framing::member<"ends", &app::line::ends>> {};

TEST_CASE_TEMPLATE("a tree holds the whole header", Json, json, ordered_json) {
    const std::string_view text = R"({"b":[1,-1,2.5,null,true,"\u00e9"],"a":{"x":{}}})";
    const auto header = received<Json>(text);
    REQUIRE(header);
    CHECK(*header == Json::parse(text));
    CHECK(received<Json>(sent(*header)) == header);
}

TEST_CASE("an ordered_json keeps the order of the members both ways") {
    const std::string text = R"({"z":1,"a":{"y":2,"b":3},"m":4})";
    CHECK(received<ordered_json>(text)->dump() == text);
    CHECK(sent(ordered_json::parse(text)) == text);
}

TEST_CASE("every reader takes the last of two members of one name") {
    const std::string_view text = R"({"a":{"x":1},"b":2,"\u0061":{"y":3}})";
    CHECK(received<json>(text)->at("a") == json{{"y", 3}});
    CHECK(received<ordered_json>(text)->at("a") == ordered_json{{"y", 3}});
    CHECK(received<std::map<std::string, json>>(text)->at("a") == json{{"y", 3}});
}

TEST_CASE("a header with a number above any double is valid, and no tree can hold it") {
    CHECK_FALSE(received<json>(R"({"n":1e400})"));
    CHECK_FALSE(received<ordered_json>(R"({"n":[-1e400]})"));
    CHECK_FALSE(received<std::map<std::string, json>>(R"({"n":1e400})"));
    CHECK_FALSE(received<app::anything>(R"({"n":1e400})"));
    CHECK(received<framing::header_view>(R"({"n":1e400})"));
    CHECK(received<json>(R"({"n":1e-400})"));
}

TEST_CASE("a tree keeps the largest integers whole") {
    const auto header = received<json>(R"({"u":18446744073709551615,"i":-9223372036854775808})");
    CHECK(header->at("u") == 18446744073709551615u);
    CHECK(header->at("i") == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("a decoded header still holds its body_size") {
    framing::fault why;
    const std::string wire = raw_frame(R"({"a":1,"body_size":5})", "hello");
    CHECK(framing::decode_datagram<json>(wire, why)->header == json{{"a", 1}, {"body_size", 5}});
}

TEST_CASE("a type of nlohmann's macro is read and written through a tree") {
    const auto header =
        received<app::upload>(R"({"resume":true,"parts":[3,1],"path":"a\/b","x":0})");
    REQUIRE(header);
    CHECK(header->path == "a/b");
    CHECK(header->parts == std::vector{3, 1});
    CHECK(header->resume);
    CHECK(json::parse(sent(*header)) == json{{"path", "a/b"}, {"parts", {3, 1}}, {"resume", true}});
}

TEST_CASE("a header that nlohmann's macro cannot read is a mismatch") {
    CHECK_FALSE(received<app::upload>(R"({"path":"a","parts":[]})"));
    CHECK_FALSE(received<app::upload>(R"({"path":1,"parts":[],"resume":true})"));
    CHECK_FALSE(received<app::upload>(R"({"path":"a","parts":{},"resume":true})"));
    CHECK_FALSE(received<app::upload>("{}"));
}

TEST_CASE("whatever exception from_json throws is a mismatch") {
    CHECK(received<app::percent>(R"({"percent":100})")->value == 100);
    CHECK_FALSE(received<app::percent>(R"({"percent":101})"));
    CHECK(sent(app::percent{5}) == R"({"percent":5})");
}

TEST_CASE("want of memory is no mismatch: it comes out of the read") {
    framing::reassembler<app::burden> incoming;
    const auto loop = [&] {
        for (const auto& frame : incoming.feed(raw_frame("{}"))) FAIL(frame.text());
    };
    CHECK_THROWS_AS(loop(), std::bad_alloc);
    CHECK_FALSE(incoming.error());
}

TEST_CASE("a type whose JSON is no object is no header") {
    CHECK(sent(std::vector<int>{1, 2}) == "invalid_header");
    CHECK_FALSE(received<std::vector<int>>("{}"));
    CHECK(sent(std::map<std::string, int>{{"a", 1}}) == R"({"a":1})");
}

TEST_CASE("a type with traits of its own is a header, and a member by those of a value") {
    CHECK(sent(app::point{1, -2}) == R"({"x":1,"y":-2})");
    const auto point = received<app::point>(R"({"y":4,"x":3})");
    REQUIRE(point);
    CHECK(point->x == 3);
    CHECK(point->y == 4);
    CHECK_FALSE(received<app::point>(R"({"x":3})"));

    CHECK(sent(app::line{{{1, 2}, {3, 4}}}) == R"({"ends":[[1,2],[3,4]]})");
    CHECK(received<app::line>(R"({"ends":[[1,2],[3,4]]})")->ends.at(1).y == 4);
    CHECK_FALSE(received<app::line>(R"({"ends":[[1,2],[3]]})"));
}

TEST_CASE("traits that write anything but one object write no header") {
    CHECK(sent(app::clumsy{.inside = true}) == "{}");
    CHECK(sent(app::clumsy{}) == "invalid_header");
    CHECK(sent(app::clumsy{.before = true}) == "invalid_header");
    CHECK(sent(app::clumsy{.before = true, .inside = true}) == "invalid_header");
    CHECK(sent(app::clumsy{.twice = true, .inside = true}) == "invalid_header");
    CHECK(sent(app::clumsy{.inside = true, .behind = true}) == "invalid_header");
    CHECK(sent(app::clumsy{.list = true}) == "invalid_header");
}

TEST_CASE("nothing of an earlier header is left in a type that reads what it finds") {
    const std::string wire =
        raw_frame(R"({"name":"root","admin":true})") + raw_frame(R"({"name":"guest"})");
    framing::reassembler<app::rights> incoming;
    std::string seen;
    for (const auto& frame : incoming.feed(wire))
        seen += frame.header.name + (frame.header.admin ? "+ " : "- ");
    CHECK(seen == "root+ guest- ");
}
