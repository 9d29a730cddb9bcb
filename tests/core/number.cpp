// SPDX-License-Identifier: MIT
#include <framing/detail/json/number.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using framing::detail::behind_digits;
using framing::detail::count_digits;
using framing::detail::parse_size;

TEST_CASE("the end of any number of digits is found before any byte that is none") {
    for (std::size_t count = 0; count < 40; ++count)
        for (unsigned byte = 0; byte < 256; ++byte) {
            const char other = static_cast<char>(byte);
            if (other >= '0' && other <= '9') continue;
            for (const std::size_t slack : {0u, 7u, 20u}) {
                std::string text;
                for (std::size_t place = 0; place < count; ++place)
                    text += static_cast<char>('0' + (place + byte) % 10);
                text += other;
                text.append(slack, static_cast<char>(255 - byte));
                const std::vector<char> bytes(text.begin(), text.end()); // ends where it ends
                const char* const first = bytes.data();
                if (behind_digits(first, first + bytes.size()) != first + count)
                    FAIL_CHECK(count, " digits before ", byte);
            }
        }
}

TEST_CASE("a size is read of 1 to 20 digits, up to the largest of 64 bits") {
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("9") == 9);
    CHECK(parse_size("1234567890123456789") == 1234567890123456789);
    CHECK(parse_size("9999999999999999999") == 9999999999999999999u);
    CHECK(parse_size("10000000000000000000") == 10000000000000000000u);
    CHECK(parse_size("18446744073709551615") == 18446744073709551615u);
    for (const std::string_view none :
         {"", "00", "01", "-1", "+1", "1.0", "1e1", "a", "1a", "18446744073709551616",
          "18446744073709551620", "99999999999999999999", "1844674407370955161a",
          "1000000000000000000a", "100000000000000000000"})
        CHECK(parse_size(none) == std::nullopt);
}

TEST_CASE("digits are counted as they are written") {
    std::uint64_t power = 1;
    for (std::size_t digits = 1; digits <= 20; ++digits) {
        CHECK(count_digits(power) == digits);
        if (digits > 1) CHECK(count_digits(power - 1) == digits - 1);
        power *= 10;
    }
    CHECK(count_digits(0) == 1);
    CHECK(count_digits(18446744073709551615u) == 20);
}
