// SPDX-License-Identifier: MIT
#include "chat/archive.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using chat::archive;

namespace {

std::vector<std::uint64_t> numbers(const archive::shelf& of) {
    std::vector<std::uint64_t> result;
    for (const auto& message : of.messages()) result.push_back(message.seq);
    return result;
}

using seqs = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a room keeps its last messages, so many and so many bytes") {
    archive::shelf few, small;
    archive by_number({.messages = 2});
    for (std::uint64_t seq = 1; seq != 6; ++seq) by_number.keep(few, seq, "x");
    CHECK(numbers(few) == seqs{4, 5});
    archive by_size({.bytes = 25});
    for (std::uint64_t seq = 1; seq != 6; ++seq) by_size.keep(small, seq, std::string(10, 'x'));
    CHECK(numbers(small) == seqs{4, 5});
    by_size.keep(small, 6, std::string(26, 'x'));
    CHECK(numbers(small).empty());
    CHECK(by_size.bytes() == 0);
}

TEST_CASE("the oldest message of all rooms makes room for a new one") {
    constexpr std::size_t each = 1000;
    archive all({.in_all = 5 * each});
    std::array<archive::shelf, 3> rooms;
    std::uint64_t seq = 0;
    for (const std::size_t room : {0u, 0u, 1u, 2u})
        all.keep(rooms[room], ++seq, std::string(each / 2, 'x'));
    for (const std::size_t room : {1u, 1u, 1u, 1u}) {
        all.keep(rooms[room], ++seq, std::string(each / 2, 'x'));
        CHECK(all.bytes() <= 5 * each);
    }
    CHECK(numbers(rooms[0]) == seqs{2});
    CHECK(numbers(rooms[1]) == seqs{3, 5, 6, 7, 8});
    CHECK(numbers(rooms[2]) == seqs{4});
    while (!rooms[0].messages().empty()) all.keep(rooms[2], ++seq, std::string(each / 2, 'x'));
    CHECK(numbers(rooms[1]).front() == 3);
    all.clear(rooms[1]);
    CHECK(numbers(rooms[1]).empty());
    all.keep(rooms[2], ++seq, std::string(5 * each + 1, 'x')); // more than all may take
    for (const auto& room : rooms) CHECK(numbers(room).empty());
    CHECK(all.bytes() == 0);
}
