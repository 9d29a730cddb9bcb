// SPDX-License-Identifier: MIT
#include <framing/detail/words.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

TEST_CASE("any number of bytes is copied, and nothing beside them") {
    for (std::size_t size = 0; size < 100; ++size) {
        std::string from;
        for (std::size_t place = 0; place < size; ++place)
            from += static_cast<char>('!' + place % 90);
        std::vector<char> to(size + 2, '\0');
        framing::detail::copy_bytes(to.data() + 1, from.data(), size);
        CHECK(std::string(to.begin(), to.end()) == '\0' + from + '\0');
    }
}
