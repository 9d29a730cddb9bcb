// SPDX-License-Identifier: MIT
#include <framing/detail/frames/bare_head.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/wire.hpp>

#include "../helpers/raw_frame.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using framing::detail::bare_body_limit;
using framing::detail::bare_head;
using framing::detail::bare_head_reach;
using framing::detail::read_bare_head;

namespace {

/// Reads from an allocation that ends where the look does, so that a sanitizer sees one too far.
bare_head read(std::string bytes) {
    bytes.resize(bare_head_reach, '.');
    const std::vector<char> exact(bytes.begin(), bytes.end());
    return read_bare_head(exact.data());
}

std::string wire_of(std::uint64_t size) {
    return helpers::raw_frame("{\"body_size\":" + std::to_string(size) + '}');
}

/// What a whole scan says of the same bytes, if it accepts them.
bool agrees(const std::string& bytes, const bare_head& head) {
    if (head.size == 0) return true; // it has only to be looked at more closely
    const std::string_view text =
        std::string_view(bytes).substr(framing::prefix_size, head.size - framing::prefix_size);
    const framing::detail::header_scan scan = framing::detail::scan_header(text, 1);
    return bytes.substr(0, framing::prefix_size) == helpers::raw_frame(text).substr(0, 4) &&
           scan.error == framing::errc{} && scan.body_size() == head.body_size;
}

} // namespace

TEST_CASE("a bare head is read for every body of 1 to 99999 bytes, and for no other") {
    for (std::uint64_t size = 1; size <= 99'999; ++size) {
        const std::string wire = wire_of(size);
        const bare_head head = read(wire);
        if (head.size != wire.size() || head.body_size != size) FAIL_CHECK("size ", size);
    }
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{100'000}, std::uint64_t{1} << 40,
          std::numeric_limits<std::uint64_t>::max()})
        CHECK(read(wire_of(size)).size == 0);
}

TEST_CASE("whichever byte of a bare head is replaced, it is another or none") {
    for (const std::uint64_t size : {7u, 10u, 64u, 999u, 4096u, 65536u})
        for (std::size_t place = 0; place < wire_of(size).size(); ++place)
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string bytes = wire_of(size);
                bytes[place] = static_cast<char>(byte);
                if (!agrees(bytes, read(bytes))) FAIL_CHECK(byte, " at ", place, " of ", size);
            }
}

TEST_CASE("what looks like a bare head and is none needs a closer look") {
    for (const std::string_view text :
         {R"({"body_size":})", R"({"body_size":0})", R"({"body_size":00})", R"({"body_size":012})",
          R"({"body_size":-1})", R"({"body_size":1.})", R"({"body_size":1e1})",
          R"({"body_size":1 })", R"({"body_size" :1})", R"({"body_sizf":12})", R"({})"}) {
        CAPTURE(text);
        CHECK(read(helpers::raw_frame(text)).size == 0);
    }
}

TEST_CASE("a bare head is read only where no limit could forbid it") {
    CHECK(bare_body_limit({}) == 99'999);
    CHECK(bare_body_limit({.max_header_size = 19}) == 99'999);
    CHECK(bare_body_limit({.max_header_size = 18}) == 0);
    CHECK(bare_body_limit({.max_depth = 0}) == 0);
    CHECK(bare_body_limit({.max_depth = 1}) == 99'999);
    CHECK(bare_body_limit({.max_body_size = 500}) == 500);
    CHECK(bare_body_limit({.max_body_size = 0}) == 0);
}
