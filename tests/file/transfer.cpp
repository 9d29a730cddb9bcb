// SPDX-License-Identifier: MIT
#include "../helpers/scratch_folder.hpp"
#include "file/digest.hpp"
#include "file/error.hpp"
#include "file/incoming.hpp"
#include "file/outgoing.hpp"
#include "file/spelling.hpp"
#include "file/tree.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string sum_of(const std::string& text, sum_kind kind) {
    digest sum(kind);
    sum.update(std::as_bytes(std::span(text)));
    return sum.finish();
}

/// Two folders, and files that go from one to the other.
struct two_folders {
    scratch_folder here;
    scratch_folder there;
    tree from{here.path()};
    tree to{there.path()};

    [[nodiscard]] outgoing open(sum_kind kind, std::uint64_t offset, bool sparse = false) const {
        struct stat status {};
        descriptor file = open_file(from.find("file"), status);
        return {std::move(file), status, kind, offset, sparse};
    }

    /// Moves at most so many bytes, a piece at a time. Returns: the sum, once all is there.
    std::string move(sum_kind kind, std::uint64_t offset, std::size_t most, std::size_t piece,
                     bool sparse = false) const {
        outgoing source = open(kind, offset, sparse);
        incoming target(to.find("file"), {.size = source.size(),
                                          .offset = offset,
                                          .data = source.data(),
                                          .sum = kind,
                                          .mtime = source.mtime(),
                                          .mode = 0640});
        while (!target.catch_up()) {
        }
        std::vector<std::byte> bytes(piece);
        while (source.left() != 0 && most != 0) {
            const std::size_t size = source.read(std::span(bytes).first(std::min(piece, most)));
            CHECK(target.write(std::span(bytes).first(size)) == size);
            most -= size;
        }
        if (source.left() != 0) return {};
        const auto sum = target.finish();
        REQUIRE(sum);
        CHECK(source.finish() == sum);
        spellings called;
        static_cast<void>(target.part().appear(false, called));
        return *sum;
    }
};

} // namespace

TEST_CASE("sums are what everybody computes") {
    CHECK(sum_of("abc", sum_kind::sha256) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sum_of("", sum_kind::xxh128) == "99aa06d3014798d86001c324468d497f");
    CHECK(sum_of("abc", sum_kind::none).empty());
    digest zeros(sum_kind::sha256);
    zeros.update_zeros(100'000);
    CHECK(zeros.finish() == sum_of(std::string(100'000, '\0'), sum_kind::sha256));
}

TEST_CASE("a file arrives as it is, cut anywhere and gone on with") {
    const two_folders both;
    const std::string text = "a file of a few bytes";
    both.here.write("file", text);
    for (const sum_kind kind : {sum_kind::none, sum_kind::sha256, sum_kind::xxh128})
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, text.size()}) {
                std::string sum = both.move(kind, 0, cut, piece);
                if (cut != text.size()) sum = both.move(kind, cut, text.size(), piece);
                CHECK(both.there.read("file") == text);
                CHECK(sum == sum_of(text, kind));
                CHECK(both.there.entries() == 1);
            }
    struct stat status {};
    REQUIRE(::stat(both.there.path("file").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
    const auto apart = std::filesystem::last_write_time(both.there.path("file")) -
                       std::filesystem::last_write_time(both.here.path("file"));
    CHECK(std::chrono::abs(apart) < std::chrono::microseconds(1));
}

TEST_CASE("holes stay holes, and count as zeros in the sum") {
    const two_folders both;
    constexpr std::uint64_t size = 8 * 1024 * 1024;
    std::string text(size, '\0');
    both.here.write("file", "");
    REQUIRE(::truncate(both.here.path("file").c_str(), size) == 0);
    {
        struct stat status {};
        const descriptor file(::open(both.here.path("file").c_str(), O_WRONLY | O_CLOEXEC));
        for (const std::uint64_t place : {std::uint64_t{3'000'000}, std::uint64_t{6'000'000}}) {
            const std::byte one{'1'};
            write_at(file.get(), place, {&one, 1}, "a file");
            text[place] = '1';
        }
        REQUIRE(::fstat(file.get(), &status) == 0);
    }
    const outgoing source = both.open(sum_kind::none, 0, true);
    REQUIRE_FALSE(source.is_whole());
    const std::string sum = both.move(sum_kind::sha256, 0, size, 1000, true);
    CHECK(both.there.read("file") == text);
    CHECK(sum == sum_of(text, sum_kind::sha256));
    struct stat status {};
    REQUIRE(::stat(both.there.path("file").c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 < static_cast<blkcnt_t>(size / 2));
}

TEST_CASE("a file that changes while it is sent is known by that") {
    const two_folders both;
    both.here.write("file", "0123456789");
    outgoing source = both.open(sum_kind::sha256, 0);
    std::vector<std::byte> bytes(4);
    CHECK(source.read(bytes) == 4);
    SUBCASE("it becomes shorter") {
        std::filesystem::resize_file(both.here.path("file"), 5);
        CHECK_THROWS_AS(while (source.read(bytes) != 0){}, file_error);
    }
    SUBCASE("it becomes longer") {
        std::filesystem::resize_file(both.here.path("file"), 50);
        while (source.read(bytes) != 0) {
        }
        CHECK_THROWS_AS(static_cast<void>(source.finish()), file_error);
    }
}
