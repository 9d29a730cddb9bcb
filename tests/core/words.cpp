// SPDX-License-Identifier: MIT
#include <framing/detail/words.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

TEST_CASE("any number of bytes is copied, and nothing beside them") {
    for (std::size_t size = 0; size < 100; ++size) {
        std::string from; // with other bytes on both sides
        for (std::size_t place = 0; place < size + 2; ++place)
            from += static_cast<char>('!' + place % 90);
        std::string to(size + 2, ' ');
        framing::detail::copy_bytes(to.data() + 1, from.data() + 1, size);
        CHECK(to == ' ' + from.substr(1, size) + ' ');
    }
}
