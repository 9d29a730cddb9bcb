// SPDX-License-Identifier: MIT
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "../helpers/readers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

using framing::errc;
using framing::fault;
using framing::frame_part;
using namespace std::string_view_literals;

namespace {

constexpr errc all_codes[] = {
    errc::empty_header,       errc::header_too_large, errc::invalid_header, errc::header_too_deep,
    errc::invalid_body_size,  errc::body_too_large,   errc::truncated,      errc::header_mismatch,
    errc::body_size_mismatch, errc::trailing_data,    errc::out_of_memory};

/// The message about a stream that opens with these four bytes.
std::string told_of(std::string_view opening, const framing::limits& limits = {}) {
    return helpers::by_feed<framing::header_view>(opening, {}, limits).error.message();
}

} // namespace

TEST_CASE("every code has a name and a message of its own, and zero is success") {
    std::set<std::string> names;
    std::set<std::string> messages;
    for (const errc code : all_codes) {
        names.emplace(framing::name(code));
        messages.insert(make_error_code(code).message());
    }
    CHECK(names.size() == std::size(all_codes));
    CHECK(messages.size() == std::size(all_codes));
    CHECK(names.count("no error") == 0);
    CHECK(messages.count("no error") == 0);
    CHECK(framing::name(errc{}) == "no error");
    CHECK(framing::category().message(0) == "no error");
    CHECK(framing::category().message(-1) == "unknown error");
    CHECK_FALSE(make_error_code(errc{}));
}

TEST_CASE("the message of a code begins with its name, so that it can be looked up") {
    for (const errc code : all_codes) {
        const std::string message = make_error_code(code).message();
        const std::string name(framing::name(code));
        CAPTURE(message);
        CHECK(message.starts_with(name + ": "));
        CHECK(message.size() > name.size() + 2);
    }
    CHECK(make_error_code(errc::header_too_large).message() ==
          "header_too_large: the header is longer than the limit");
}

TEST_CASE("a code goes by the name that the wire format gives it") {
    constexpr std::string_view names[] = {
        "empty_header",       "header_too_large", "invalid_header", "header_too_deep",
        "invalid_body_size",  "body_too_large",   "truncated",      "header_mismatch",
        "body_size_mismatch", "trailing_data",    "out_of_memory"};
    for (std::size_t i = 0; i < std::size(all_codes); ++i)
        CHECK(framing::name(all_codes[i]) == names[i]);
}

TEST_CASE("out_of_memory is the system's not_enough_memory, and no other code is") {
    for (const errc code : all_codes)
        CHECK((make_error_code(code) == std::errc::not_enough_memory) ==
              (code == errc::out_of_memory));
}

TEST_CASE("an errc is a std::error_code of the category framing") {
    const std::error_code code = errc::truncated;
    CHECK(code.category() == framing::category());
    CHECK(code.category().name() == "framing"sv);
    CHECK(code == errc::truncated);
    CHECK(code != errc::empty_header);
    CHECK(code != std::error_code(code.value(), std::generic_category()));
    CHECK(code.default_error_condition() == std::error_condition(code.value(), code.category()));
}

TEST_CASE("out_of_memory is what the system calls so") {
    CHECK(make_error_code(errc::out_of_memory) == std::errc::not_enough_memory);
    CHECK(make_error_code(errc::truncated) != std::errc::not_enough_memory);
}

TEST_CASE("a fault compares and converts as its code, and is false without one") {
    const fault none;
    CHECK_FALSE(none);
    CHECK(std::error_code(none) == std::error_code());
    CHECK(none.message() == "no error");

    const fault some{.code = errc::truncated, .offset = 7};
    CHECK(some);
    CHECK(some == errc::truncated);
    CHECK(some != errc::empty_header);
    CHECK(errc::truncated == some);
    const std::error_code code = some;
    CHECK(code == errc::truncated);
    CHECK(some == code);
}

TEST_CASE("a message says the code, the frame, the offset and the numbers of the code") {
    const struct {
        errc code;
        frame_part part;
        std::vector<std::string_view> says;
    } rows[] = {
        {errc::empty_header, frame_part::length, {"the header length is 0"}},
        {errc::header_too_large, frame_part::length, {"length is 501", "limit of 502"}},
        {errc::invalid_header, frame_part::header, {"JSON", "byte 503 of 501"}},
        {errc::header_too_deep, frame_part::header, {"501 deep", "limit of 502", "byte 503"}},
        {errc::invalid_body_size, frame_part::header, {"body_size is not"}},
        {errc::body_too_large, frame_part::body, {"body_size is 501", "limit of 502"}},
        {errc::truncated, frame_part::length, {"in the header length", "503 of 501"}},
        {errc::truncated, frame_part::header, {"in the header,", "503 of 501"}},
        {errc::truncated, frame_part::body, {"in the body", "503 of 501"}},
        {errc::header_mismatch, frame_part::header, {"does not fit"}},
        {errc::body_size_mismatch, frame_part::body, {"body_size differs"}},
        {errc::trailing_data, frame_part::body, {"holds 503", "only 501"}},
        {errc::out_of_memory, frame_part::length, {"out of memory"}},
    };
    for (const auto& row : rows) {
        const std::string message = fault{row.code, row.part, 77, 12, 501, 502, 503}.message();
        CAPTURE(message);
        CHECK(message.starts_with(std::string(framing::name(row.code)) +
                                  ": frame 12 at offset 77: "));
        CHECK(message.rfind(framing::name(row.code)) == 0); // it is said once
        for (const std::string_view number : row.says) {
            CAPTURE(number);
            CHECK(message.find(number) != message.npos);
        }
    }
}

TEST_CASE("a message says the largest numbers as they are") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const fault f{errc::body_too_large, frame_part::body, most, most, most, most, most};
    CHECK(f.message() ==
          "body_too_large: frame 18446744073709551615 at offset 18446744073709551615: "
          "body_size is 18446744073709551615, above the limit of 18446744073709551615");
}

TEST_CASE("a length that another protocol's opening makes names that protocol") {
    for (const auto opening :
         {"GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC", "PRI ", "HTTP"}) {
        CAPTURE(opening);
        CHECK(told_of(opening).ends_with(" are HTTP"));
    }
    CHECK(told_of("SSH-").ends_with("the bytes 53 53 48 2d are SSH"));
    CHECK(told_of("\x16\x03\x01\x02"sv).ends_with(" are TLS"));
    CHECK(told_of("\x15\x03\x03\x00"sv).ends_with(" are TLS"));
    CHECK(told_of("\x16\x03\x04\x00"sv).ends_with(" are TLS"));
    CHECK(told_of("{\"a\"").find("JSON without a length") != std::string::npos);
}

TEST_CASE("a length that another protocol's opening only resembles names none") {
    for (const auto opening :
         {"GETS"sv, "get "sv, "SSH "sv, "\x16\x03\x05\x00"sv, "\x16\x03\x80\x00"sv,
          "\x16\x02\x01\x00"sv, "\x17\x03\x01\x00"sv, "[\"a\""sv, "\xff\xff\xff\xff"sv}) {
        const std::string message = told_of(opening);
        CAPTURE(message);
        CHECK(message.ends_with("above the limit of 65536"));
    }
}

TEST_CASE("a length is called little-endian if turned round it is within the limit") {
    const std::string advice = " in little-endian order";
    CHECK(told_of("\x02\x00\x00\x00"sv).find(": 2" + advice) != std::string::npos);
    CHECK(told_of("\x00\x00\x01\x00"sv).find("limit of 65536: 65536" + advice) ==
          std::string::npos); // is 256, no error
    CHECK(told_of("\xff\xff\x00\x00"sv).find(": 65535" + advice) != std::string::npos);
    CHECK(told_of("\x01\x00\x01\x00"sv).find(advice) == std::string::npos);        // 65537
    CHECK(told_of("{\x00\x00\x00"sv).find(": 123" + advice) != std::string::npos); // no JSON
    CHECK(told_of("\x02\x00\x00\x00"sv, {.max_header_size = 2}).find(": 2" + advice) !=
          std::string::npos);
}

TEST_CASE("a message quotes no byte of the peer but in hexadecimal") {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string message = told_of(std::string(4, static_cast<char>(byte)));
        CAPTURE(message);
        CHECK(std::all_of(message.begin(), message.end(),
                          [](char c) { return c >= ' ' && c <= '~'; }));
    }
}
