// SPDX-License-Identifier: MIT
#include "file/extents.hpp"

#include "../helpers/scratch_folder.hpp"
#include "support/descriptor.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

/// A file of zeros, with bytes wherever they are put.
struct sparse_file {
    explicit sparse_file(std::uint64_t size)
        : file(::open(folder.path("sparse").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        REQUIRE(::ftruncate(file.get(), static_cast<off_t>(size)) == 0);
    }

    void put(std::uint64_t place) const {
        const std::byte one{1};
        write_at(file.get(), place, {&one, 1}, "a file");
    }

    scratch_folder folder;
    descriptor file;
};

bool covers(const extents& data, std::uint64_t place) {
    for (const extent& each : data)
        if (each.offset <= place && place < each.end()) return true;
    return false;
}

} // namespace

TEST_CASE("what is left of a file with holes are the stretches with bytes") {
    const sparse_file sparse(64 * mebibyte);
    CHECK(extents_of(sparse.file.get(), 0, 64 * mebibyte).empty());
    sparse.put(10 * mebibyte);
    sparse.put(40 * mebibyte);
    const extents data = extents_of(sparse.file.get(), 0, 64 * mebibyte);
    CHECK(data.size() == 2);
    CHECK(covers(data, 10 * mebibyte));
    CHECK(covers(data, 40 * mebibyte));
    CHECK(fit(data, 0, 64 * mebibyte));
    CHECK(bytes_of(data) < mebibyte);

    const extents rest = extents_of(sparse.file.get(), 10 * mebibyte + 1, 64 * mebibyte);
    CHECK(covers(rest, 40 * mebibyte));
    CHECK(fit(rest, 10 * mebibyte + 1, 64 * mebibyte));
}

TEST_CASE("of very many holes the smallest count as bytes") {
    constexpr std::uint64_t count = 1000;
    const sparse_file sparse(count * mebibyte);
    for (std::uint64_t i = 0; i < count; ++i) sparse.put(i * mebibyte);
    sparse.put(500 * mebibyte + mebibyte / 2); // so that two holes are smaller than others
    const extents data = extents_of(sparse.file.get(), 0, count * mebibyte);
    CHECK(!data.empty());
    CHECK(data.size() <= most_extents);
    CHECK(fit(data, 0, count * mebibyte));
    for (std::uint64_t i = 0; i < count; ++i) CHECK(covers(data, i * mebibyte));
}

TEST_CASE("stretches that a message names are in order, not empty and inside the file") {
    CHECK(fit({}, 0, 0));
    CHECK(fit({{0, 10}}, 0, 10));
    CHECK(fit({{0, 5}, {5, 5}}, 0, 10));
    CHECK_FALSE(fit({{0, 11}}, 0, 10));
    CHECK_FALSE(fit({{5, 0}}, 0, 10));
    CHECK_FALSE(fit({{5, 2}, {6, 2}}, 0, 10));
    CHECK_FALSE(fit({{6, 2}, {2, 2}}, 0, 10));
    CHECK_FALSE(fit({{2, 2}}, 3, 10));
    CHECK_FALSE(fit({{2, UINT64_MAX}}, 0, 10));
    CHECK_FALSE(fit({{UINT64_MAX, 2}}, 0, 10));
    CHECK(whole(3, 3).empty());
    CHECK(bytes_of(whole(3, 10)) == 7);
}
