// SPDX-License-Identifier: MIT
#include "framecat/hex_text.hpp"

#include <framing/byte_view.hpp>

#include "framecat/body_view.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

/// The bytes that a dump says, which comes in pieces, and is taken in others.
std::string bytes_of(std::string_view dump, std::size_t piece = 1000, std::size_t room = 7) {
    framecat::hex_text text;
    std::string bytes;
    std::array<std::byte, 64> taken{};
    const auto into = std::span(taken).first(room);
    const auto keep = [&](std::size_t size) {
        bytes += framing::as_text(std::span(taken).first(size));
        return size != 0;
    };
    for (std::size_t at = 0; at < dump.size(); at += piece) {
        std::string_view input = dump.substr(at, piece);
        while (keep(text.read(input, into))) {
        }
    }
    while (keep(text.finish(into))) {
    }
    return bytes;
}

} // namespace

TEST_CASE("a dump of xxd is read as its bytes, however it is cut") {
    const std::string_view dump =
        "00000000: 0000 0002 7b7d 4142 4344 4546 4748 494a  ....{}ABCDEFGHIJ\n"
        "00000010: 4b20 20                                  K  ";
    for (std::size_t piece = 1; piece < dump.size(); ++piece)
        CHECK(bytes_of(dump, piece) == std::string("\0\0\0\2{}ABCDEFGHIJK  ", 19));
    CHECK(bytes_of("00000000: 00 FF                    ..\n") == std::string("\0\xff", 2));
}

TEST_CASE("a dump of hexdump -C is read as its bytes") {
    CHECK(bytes_of("00000000  00 00 00 02 7b 7d 7c 20  20 20 7c                 |....{}|   ||\n"
                   "0000000b\n") == std::string("\0\0\0\2{}|   |", 11));
}

TEST_CASE("lines that a dump leaves out are those before them again") {
    const std::string zeros(16, '\0');
    std::string dump =
        "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
        "*\n"
        "00000045  41                                                |A|\n";
    CHECK(bytes_of(dump) == std::string(0x45, '\0') + 'A');
    dump = dump.substr(0, dump.find("00000045")) + "00000020\n";
    CHECK(bytes_of(dump) == zeros + zeros);
}

TEST_CASE("what our own view writes is read again") {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    std::string dump;
    for (std::size_t at = 0; at < all.size(); at += 16)
        dump += framecat::hex_line(at, std::string_view(all).substr(at, 16), 16) + '\n';
    CHECK(bytes_of(dump) == all);
}

TEST_CASE("what is no dump behind its beginning is named with its line") {
    const std::string first = "00000000: 0000 0002 7b7d  ....{}\n";
    for (const std::string_view second : {"hello", "00000009: 41  A", "00000006: 4x  A",
                                          "00000006: 414  A", "00000006: 4 1  A", "06: 41  A"}) {
        CAPTURE(second);
        CHECK_THROWS_WITH_AS(bytes_of(first + std::string(second)),
                             doctest::Contains("line 2 of the hex dump"), std::runtime_error);
    }
    CHECK_THROWS_AS(bytes_of("*\n"), std::runtime_error);
    CHECK_THROWS_AS(bytes_of(first + std::string(100'000, '0')), std::runtime_error);
}

TEST_CASE("a stream is taken for a dump only when it must be one") {
    CHECK(framecat::begins_hex_dump("") == std::nullopt);
    CHECK(framecat::begins_hex_dump("0000") == std::nullopt);
    CHECK(framecat::begins_hex_dump("00000000:") == std::nullopt);
    CHECK(framecat::begins_hex_dump("00000000: 41") == true);
    CHECK(framecat::begins_hex_dump("00000000  41") == true);
    CHECK(framecat::begins_hex_dump("00000000 41") == false);
    CHECK(framecat::begins_hex_dump("00000010: 41") == false);
    CHECK(framecat::begins_hex_dump(std::string_view("\0", 1)) == false);
}
