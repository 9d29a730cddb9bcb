// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/detail/frames/receive_buffer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using buffer = framing::detail::receive_buffer;

constexpr std::size_t small_block = 64 * 1024;

std::span<const std::byte> bytes_of(std::string_view text) {
    return framing::byte_view(text).bytes();
}

std::string_view text_of(const buffer& b) {
    return framing::as_text(b.bytes());
}

void receive(buffer& b, std::string_view text) {
    const auto room = b.prepare(text.size());
    REQUIRE(room.size() == text.size());
    std::ranges::copy(bytes_of(text), room.begin());
    b.commit(text.size());
}

} // namespace

TEST_CASE("a buffer as it begins holds nothing, not even memory") {
    buffer b;
    CHECK(b.empty());
    CHECK(b.size() == 0);
    CHECK(b.capacity() == 0);
    CHECK(b.bytes().empty());
    b.append({});
    b.consume(0);
    b.commit(0);
    b.start(1000);
    b.clear();
    b.shrink();
    CHECK(b.prepare(0).empty());
    CHECK(b.try_append({}));
    CHECK(b.capacity() == 0);
}

TEST_CASE("bytes come out in the order in which they went in, by whatever way") {
    buffer b;
    b.append(bytes_of("abc"));
    receive(b, "def");
    b.consume(2);
    CHECK(b.try_append(bytes_of("ghi")));
    CHECK(text_of(b) == "cdefghi");
    b.start(0);
    receive(b, std::string(5000, 'j'));
    CHECK(text_of(b) == "cdefghi" + std::string(5000, 'j'));
}

TEST_CASE("what was prepared and not committed is not there") {
    buffer b;
    std::ranges::fill(b.prepare(10), std::byte{'x'});
    CHECK(b.empty());
    b.commit(1);
    CHECK(text_of(b) == "x");
    b.append(bytes_of("y"));
    CHECK(text_of(b) == "xy");
}

TEST_CASE("room behind bytes that are all consumed starts at the front again") {
    buffer b;
    receive(b, std::string(1000, 'a'));
    const std::size_t capacity = b.capacity();
    for (int i = 0; i < 100; ++i) {
        b.consume(b.size());
        b.start(0);
        receive(b, std::string(1000, 'b'));
    }
    CHECK(b.capacity() == capacity);
}

TEST_CASE("bytes move to the front only over as many dead ones") {
    buffer b;
    receive(b, std::string(600, 'a') + std::string(400, 'b'));
    REQUIRE(b.capacity() == 1000);
    const std::byte* const front = b.bytes().data();
    b.consume(600);
    b.start(0);
    receive(b, std::string(600, 'c'));
    CHECK(b.bytes().data() == front);
    CHECK(text_of(b) == std::string(400, 'b') + std::string(600, 'c'));

    b.consume(400);
    b.start(0);
    receive(b, std::string(400, 'd')); // fits, but would cost 600 bytes moved for 400
    CHECK(b.bytes().data() != front);
    CHECK(text_of(b) == std::string(600, 'c') + std::string(400, 'd'));
}

TEST_CASE("a large block is given back the second time in a row that it is not needed") {
    buffer b;
    b.append(bytes_of(std::string(10 * small_block, 'x')));
    const std::size_t large = b.capacity();
    CHECK(large >= 10 * small_block);
    CHECK(large <= 20 * small_block);
    b.consume(b.size());
    b.start(0); // it was needed since the last start
    CHECK(b.capacity() == large);
    b.start(0);
    CHECK(b.capacity() == large);
    b.start(large); // needed again: counted anew
    b.start(0);
    CHECK(b.capacity() == large);
    b.start(0);
    CHECK(b.capacity() == 0);
}

TEST_CASE("a large block is kept while a quarter of it is needed, and not for less") {
    buffer b;
    receive(b, std::string(16 * small_block, 'x'));
    b.consume(b.size());
    for (int i = 0; i < 5; ++i) b.start(4 * small_block);
    CHECK(b.capacity() == 16 * small_block);
    for (int i = 0; i < 2; ++i) b.start(4 * small_block - 1);
    CHECK(b.capacity() == 0);
}

TEST_CASE("bytes that are held are needed") {
    buffer b;
    receive(b, std::string(16 * small_block, 'x'));
    b.consume(12 * small_block);
    for (int i = 0; i < 5; ++i) b.start(0);
    CHECK(b.capacity() == 16 * small_block);
    CHECK(b.size() == 4 * small_block);
}

TEST_CASE("bytes that are viewed are needed as those that are held") {
    buffer b;
    CHECK_FALSE(b.prepare(16 * small_block).empty());
    for (int i = 0; i < 5; ++i) {
        for (const std::size_t size : {3 * small_block, 2 * small_block}) {
            b.append(bytes_of(std::string(size, 'x')));
            b.consume(size);
        }
        b.start(0);
        CHECK(b.capacity() == 16 * small_block);
    }
}

TEST_CASE("a small block is kept") {
    buffer b;
    receive(b, std::string(small_block, 'x'));
    b.consume(small_block);
    for (int i = 0; i < 10; ++i) b.start(0);
    CHECK(b.capacity() == small_block);
    b.shrink();
    CHECK(b.capacity() == 0);
}

TEST_CASE("a large block given back leaves the bytes that it still held") {
    buffer b;
    b.append(bytes_of(std::string(10 * small_block, 'x') + "rest"));
    b.consume(10 * small_block);
    for (int i = 0; i < 3; ++i) b.start(0);
    CHECK(text_of(b) == "rest");
    CHECK(b.capacity() == 4);
}

TEST_CASE("views of consumed bytes live until the next start, whatever comes behind them") {
    buffer b;
    b.append(bytes_of(std::string(900, 'a')));
    const std::string_view first = text_of(b);
    b.consume(900);
    b.append(bytes_of(std::string(5000, 'b'))); // to a new block
    const std::string_view second = text_of(b);
    b.consume(5000);
    CHECK(b.try_append(bytes_of(std::string(50'000, 'c')))); // and another
    CHECK(first == std::string(900, 'a'));
    CHECK(second == std::string(5000, 'b'));
    CHECK(text_of(b) == std::string(50'000, 'c'));
}

TEST_CASE("a block that nobody views is not kept beside the one it grew to") {
    buffer b;
    b.append(bytes_of(std::string(900, 'a')));
    const std::string_view view = text_of(b);
    b.consume(900);
    for (const std::size_t size : {5000u, 20'000u, 80'000u}) // there is place for two blocks
        b.append(bytes_of(std::string(size, 'b')));
    CHECK(view == std::string(900, 'a'));
    CHECK(text_of(b) == std::string(105'000, 'b'));
}

TEST_CASE("bytes are appended in place where they fit and nothing is viewed") {
    buffer b;
    CHECK_FALSE(b.append_in_place(bytes_of("a"))); // there is no block yet
    b.append(bytes_of("ab"));
    CHECK(b.append_in_place({}));
    CHECK(b.append_in_place(bytes_of("cd")));
    CHECK(text_of(b) == "abcd");

    const std::string rest(b.capacity() - b.size(), 'x');
    CHECK_FALSE(b.append_in_place(bytes_of(rest + 'x'))); // more than fits
    CHECK(b.append_in_place(bytes_of(rest)));
    CHECK(text_of(b) == "abcd" + rest);

    b.consume(1);
    CHECK_FALSE(b.append_in_place({})); // a view of the first byte is out
    b.append(bytes_of("e"));            // to a new block: the old one is viewed
    CHECK_FALSE(b.append_in_place(bytes_of("f")));
    b.start(0);
    CHECK(b.append_in_place(bytes_of("f")));
    static_cast<void>(b.prepare(1));
    CHECK_FALSE(b.append_in_place({})); // the room is not committed yet
    CHECK(text_of(b) == "bcd" + rest + "ef");
}

TEST_CASE("a shrink ends all views, and keeps no block for them") {
    buffer b;
    b.append(bytes_of("abc"));
    b.consume(1);
    b.shrink();
    CHECK(b.capacity() == 2);
    CHECK(b.append_in_place({}));
    CHECK(text_of(b) == "bc");
}

TEST_CASE("a move takes bytes and views along and leaves an empty buffer") {
    buffer source;
    source.append(bytes_of("abcdef"));
    const std::string_view view = text_of(source).substr(0, 2);
    source.consume(2);
    buffer target(std::move(source));
    CHECK(source.empty()); // NOLINT(bugprone-use-after-move): as new
    CHECK(source.capacity() == 0);
    source.append(bytes_of("new"));
    target.append(bytes_of(std::string(5000, 'x')));
    CHECK(view == "ab");
    CHECK(text_of(target) == "cdef" + std::string(5000, 'x'));
    target = std::move(source);
    CHECK(text_of(target) == "new");
    buffer& self = target;
    target = std::move(self);
    CHECK(text_of(target) == "new");
}

TEST_CASE("a move takes along what is viewed beside the block") {
    buffer target;
    std::string_view view;
    {
        buffer source;
        source.append(bytes_of(std::string(900, 'a')));
        view = text_of(source);
        source.consume(900);
        source.append(bytes_of(std::string(5000, 'b'))); // to a new block
        target = std::move(source);
    }
    CHECK(view == std::string(900, 'a'));
}

TEST_CASE("a move takes along the room that was given out") {
    buffer source;
    std::ranges::fill(source.prepare(3), std::byte{'x'});
    buffer target(std::move(source));
    target.commit(3);
    CHECK(text_of(target) == "xxx");
}

TEST_CASE("a buffer is a string with a front, whatever is done to it") {
    constexpr std::uint64_t seed = 99;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto some = [&] {
        const std::size_t most = random() % 16 == 0  ? 3 * small_block
                                 : random() % 4 == 0 ? 3000
                                                     : 40;
        return std::string(random() % most, static_cast<char>('a' + random() % 26));
    };
    buffer b;
    std::string model;
    std::vector<std::pair<std::string_view, std::string>> views;
    std::size_t growths = 0; // that a loop over frames allows between two starts: two
    const auto views_die = [&] {
        views.clear();
        growths = 0;
    };
    for (int i = 0; i < 20'000; ++i) {
        CAPTURE(i);
        switch (random() % 9) {
        case 8: {
            const std::string text = some();
            const bool was_viewed = !views.empty();
            if (!b.append_in_place(bytes_of(text))) break;
            CHECK_FALSE(was_viewed); // a view could be of what is moved to the front
            model += text;
            break;
        }
        case 0:
        case 1: {
            if (growths == 2) break;
            if (!views.empty()) ++growths;
            const std::string text = some();
            if (random() % 2 == 0)
                b.append(bytes_of(text));
            else
                REQUIRE(b.try_append(bytes_of(text)));
            model += text;
            break;
        }
        case 2:
        case 3: {
            const std::size_t size = random() % (model.size() + 1);
            if (size != 0) views.emplace_back(text_of(b).substr(0, size), model.substr(0, size));
            b.consume(size);
            model.erase(0, size);
            break;
        }
        case 4:
        case 5: {
            views_die();
            b.start(random() % 16 == 0 ? 4 * small_block : 0);
            const std::string text = some();
            receive(b, text);
            model += text;
            break;
        }
        case 6:
            views_die();
            b.start(0);
            break;
        default:
            switch (random() % 32) {
            case 0:
                views_die();
                b.clear();
                model.clear();
                break;
            case 1:
                views_die();
                b.shrink();
                CHECK(b.capacity() == model.size());
                break;
            case 2: b = buffer(std::move(b)); break;
            default: break;
            }
        }
        REQUIRE(text_of(b) == model);
        REQUIRE(b.size() == model.size());
        REQUIRE(b.empty() == model.empty());
        REQUIRE(b.capacity() >= model.size());
        for (const auto& [view, text] : views) REQUIRE(view == text);
    }
}
