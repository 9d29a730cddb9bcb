// SPDX-License-Identifier: MIT
#include <framing/detail/json/flat_header.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using framing::errc;
using framing::detail::body_size_reader;
using framing::detail::header_scan;
using framing::detail::scanned_member;

namespace {

using members = std::vector<std::pair<std::string, std::string>>;

struct collector {
    members found;
    void operator()(const scanned_member& member) { found.emplace_back(member.key, member.value); }
};

struct verdict {
    bool good = false;
    members found;
    header_scan scan;
};

/// `text` in an allocation that ends `slack` bytes behind it, which say something else.
std::vector<char> placed(std::string_view text, std::size_t slack) {
    std::vector<char> bytes(text.begin(), text.end());
    bytes.insert(bytes.end(), slack, '"');
    return bytes;
}

verdict scan_flat(std::string_view text, std::size_t slack) {
    const std::vector<char> bytes = placed(text, slack);
    const std::string_view view(bytes.data(), text.size());
    collector visit;
    body_size_reader body_size;
    const bool good = framing::detail::scan_flat_header({view, slack}, body_size, visit);
    return {good, visit.found, body_size.result(view, 1)};
}

verdict scan_any(std::string_view text) {
    collector visit;
    const header_scan scan = framing::detail::scan_any_header({text}, 64, visit);
    return {scan.error == errc{} || scan.error == errc::invalid_body_size, visit.found, scan};
}

/// Whether what the flat scan accepts is accepted, and read alike, by the grammar.
bool agree(std::string_view text) {
    for (const std::size_t slack : {0u, 1u, 20u, 64u, 100u}) {
        const verdict flat = scan_flat(text, slack);
        if (!flat.good) continue;
        const verdict any = scan_any(text);
        if (!any.good || any.found != flat.found || any.scan.depth != 1 ||
            any.scan.error != flat.scan.error ||
            any.scan.has_body_size != flat.scan.has_body_size ||
            any.scan.body_size_or_position != flat.scan.body_size_or_position)
            return false;
    }
    return true;
}

constexpr std::string_view typical =
    R"({"type":"chat","from":"alice","seq":12345,"body_size":64,"empty":"","zero":0})";
/// As encoders write it: the size first.
constexpr std::string_view size_first = R"({"body_size":64,"type":"chat","seq":12345,"body":""})";

} // namespace

TEST_CASE("flat headers are accepted without a closer look, whatever stands behind them") {
    for (const std::string_view text :
         {R"({})", R"({"":""})", R"({"a":0})", R"({"body_size":0})", R"({"body_size":7,"a":""})",
          R"({"body_size":7,"body_size":7})", R"({"body_size":1234567890123456789})",
          R"({"body_size":18446744073709551615})", typical.data(), size_first.data()})
        for (std::size_t slack = 0; slack <= 70; ++slack) {
            CAPTURE(text);
            CAPTURE(slack);
            CHECK(scan_flat(text, slack).good);
            CHECK(agree(text));
        }
}

TEST_CASE("a flat header may be of any size, with strings across any border") {
    for (std::size_t size = 0; size < 200; ++size) {
        const std::string inside(size, 'x');
        const std::string key = "{\"" + inside + "\":1,\"b\":2}";
        const std::string value = "{\"a\":\"" + inside + "\",\"b\":\"" + inside + "\"}";
        const std::string number = "{\"a\":1" + std::string(size, '0') + '}';
        const std::string behind = "{\"body_size\":1,\"" + inside + "\":\"\"}";
        for (const std::string& text : {key, value, number, behind}) {
            if (!scan_flat(text, 0).good || !scan_flat(text, 64).good || !agree(text))
                FAIL_CHECK(text);
        }
    }
}

TEST_CASE("all other headers are left to a closer look") {
    for (const std::string_view text : {R"({ "a":1})",
                                        R"({"a" :1})",
                                        R"({"a": 1})",
                                        R"({"a":1 })",
                                        R"({"a":1} )",
                                        R"( {"a":1})",
                                        R"({"a":-1})",
                                        R"({"a":1.5})",
                                        R"({"a":1e5})",
                                        R"({"a":true})",
                                        R"({"a":null})",
                                        R"({"a":{}})",
                                        R"({"a":[]})",
                                        R"({"a\n":1})",
                                        R"({"a":"\n"})",
                                        "{\"a\":\"\xc3\xa9\"}",
                                        R"({"a":01})",
                                        R"({"body_size":00})",
                                        R"({"body_size":07,"a":1})",
                                        R"({"body_size":})",
                                        R"({"body_size":7"a":1})",
                                        R"({"body_size":7,})",
                                        R"({"a":})",
                                        R"({"a"})",
                                        R"({"a":1,})",
                                        R"({,"a":1})",
                                        R"({"a":1)",
                                        R"({"a":"x)",
                                        R"({"a":"}")",
                                        "",
                                        "{",
                                        "}",
                                        "[]"}) {
        CAPTURE(text);
        CHECK_FALSE(scan_flat(text, 0).good);
        CHECK_FALSE(scan_flat(text, 64).good);
    }
}

TEST_CASE("a leading size is read alike by the grammar, up to any number of digits") {
    for (const std::string_view digits :
         {"0", "7", "1000000000000000000", "9999999999999999999", "10000000000000000000",
          "18446744073709551615", "18446744073709551616", "99999999999999999999",
          "100000000000000000000"})
        for (const std::string_view rest : {"}", R"(,"a":1})", R"(,"body_size":1})"}) {
            const std::string text = R"({"body_size":)" + std::string(digits) + std::string(rest);
            CAPTURE(text);
            CHECK(scan_flat(text, 0).good);
            CHECK(agree(text));
        }
}

TEST_CASE("whichever byte of a flat header is replaced, the grammar agrees with the flat scan") {
    for (std::size_t place = 0; place < typical.size(); ++place)
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string text(typical);
            text[place] = static_cast<char>(byte);
            if (!agree(text)) FAIL_CHECK(byte, " at ", place);
        }
}

TEST_CASE("a string that does not end in the header ends nowhere behind it") {
    for (const std::string_view text : {R"({"})", R"({"a":"b})", R"({"a":["b]})", R"({"a":{"b})"})
        for (const char behind : {'x', '"', '\0'})
            for (std::size_t slack = 0; slack < 200; ++slack) {
                std::vector<char> bytes(text.begin(), text.end());
                bytes.insert(bytes.end(), slack, behind);
                framing::detail::ignore_members none;
                const header_scan scan =
                    framing::detail::scan_header({{bytes.data(), text.size()}, slack}, 64, none);
                CHECK(scan.error == errc::invalid_header);
                CHECK(scan.position() == text.size());
            }
}

TEST_CASE("on flat headers mutated at random the grammar agrees with the flat scan") {
    constexpr std::string_view bytes = "{}[]:,\"\\01-+.eE \xc3\x1f";
    std::mt19937 random(20240607);
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string_view seed = random() % 2 == 0 ? typical : size_first;
        std::string text(
            seed.substr(0, random() % 2 == 0 ? seed.npos : 1 + random() % seed.size()));
        for (auto edits = random() % 4; edits != 0; --edits)
            text.replace(random() % (text.size() + 1), random() % 3, 1,
                         bytes[random() % bytes.size()]);
        accepted += scan_flat(text, 0).good;
        if (!agree(text)) FAIL_CHECK("round ", round, ": ", text);
    }
    CHECK(accepted > 2000); // enough of both kinds
    CHECK(accepted < 18'000);
}
