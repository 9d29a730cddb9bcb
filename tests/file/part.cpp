// SPDX-License-Identifier: MIT
#include "file/part.hpp"

#include "../helpers/scratch_folder.hpp"
#include "file/error.hpp"
#include "file/spelling.hpp"
#include "file/tree.hpp"
#include "support/descriptor.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

struct store_of_parts {
    scratch_folder folder;
    tree below{folder.path()};
    part::identity which{10, 1.5};

    [[nodiscard]] std::unique_ptr<part> begin(std::uint64_t offset) const {
        return std::make_unique<part>(below.find("file"), which, offset);
    }
    [[nodiscard]] std::uint64_t partial(std::optional<part::identity> of = std::nullopt) const {
        return part::partial(below.find("file"), of);
    }
    [[nodiscard]] std::string fault(std::uint64_t offset) const {
        try {
            const auto one = begin(offset);
            return "";
        } catch (const file_error& error) {
            return error.code();
        }
    }
};

void appear(part& file, bool if_absent) {
    spellings called;
    static_cast<void>(file.appear(if_absent, called));
}

void append(part& file, std::string_view text) {
    struct stat status {};
    REQUIRE(::fstat(file.file(), &status) == 0);
    write_at(file.file(), static_cast<std::uint64_t>(status.st_size),
             std::as_bytes(std::span(text)), "a part");
}

} // namespace

TEST_CASE("a part is kept until it is whole, and then it is the file") {
    const store_of_parts store;
    append(*store.begin(0), "01234");
    CHECK(store.partial() == 5);
    CHECK(store.partial(store.which) == 5);
    {
        const auto again = store.begin(5);
        append(*again, "56789");
        again->sync();
        appear(*again, false);
    }
    CHECK(store.folder.read("file") == "0123456789");
    CHECK(store.partial() == 0);
    CHECK(store.folder.entries() == 1);
}

TEST_CASE("a part belongs to a size and a time") {
    store_of_parts store;
    append(*store.begin(0), "01234");
    CHECK(store.partial(part::identity{11, 1.5}) == 0);
    CHECK(store.partial(part::identity{10, 2.5}) == 0);
    CHECK(store.partial(part::identity{10, std::nullopt}) == 0);
    store.which.size = 11;
    CHECK(store.fault(5) == "bad_offset");
}

TEST_CASE("a part goes on where it ends, and nowhere else") {
    const store_of_parts store;
    CHECK(store.fault(1) == "bad_offset");
    append(*store.begin(0), "01234");
    CHECK(store.fault(4) == "bad_offset");
    CHECK(store.fault(6) == "bad_offset");
    CHECK(store.partial() == 5);
    static_cast<void>(store.begin(0));
    CHECK(store.partial() == 0);
    CHECK(store.folder.entries() == 0); // one without bytes is none
}

TEST_CASE("of two who write one file each has a part of its own, and the last one is the file") {
    const store_of_parts store;
    const auto one = store.begin(0);
    append(*one, "one");
    CHECK(store.fault(3) == "busy");
    const auto two = store.begin(0);
    append(*two, "two");
    appear(*one, false);
    CHECK(store.folder.read("file") == "one");
    appear(*two, false);
    CHECK(store.folder.read("file") == "two");
    CHECK(store.folder.entries() == 1);
}

TEST_CASE("of two that are left the one that can be gone on with stays") {
    const store_of_parts store;
    auto one = store.begin(0);
    auto two = store.begin(0);
    append(*one, "one");
    append(*two, "twofold");
    SUBCASE("the first is left first") {
        one.reset();
        two.reset();
        CHECK(store.partial() == 3);
    }
    SUBCASE("the second is left first") {
        two.reset();
        one.reset();
        CHECK(store.partial() == 3);
    }
    SUBCASE("the first has become the file") {
        appear(*one, false);
        two.reset();
        CHECK(store.partial() == 7);
    }
    one.reset();
    two.reset();
    CHECK(store.folder.entries() <= 2);
}

TEST_CASE("a file that is not to be replaced stays") {
    const store_of_parts store;
    store.folder.write("file", "old");
    const auto one = store.begin(0);
    append(*one, "new");
    CHECK_THROWS_AS(appear(*one, true), file_error);
    CHECK(store.folder.read("file") == "old");
    appear(*one, false);
    CHECK(store.folder.read("file") == "new");
}

TEST_CASE("a part that is discarded is gone") {
    const store_of_parts store;
    const auto one = store.begin(0);
    append(*one, "one");
    one->discard();
    CHECK(one->leave() == 0);
    CHECK(store.folder.entries() == 0);
}

TEST_CASE("parts that nobody goes on with are removed in time") {
    const store_of_parts store;
    append(*store.begin(0), "01234");
    const descriptor folder = store.below.open_folder("");
    CHECK(remove_old_parts(folder, 0) == 0);
    const auto writing = store.begin(5);
    CHECK(remove_old_parts(folder, 1e11) == 0); // somebody does
    writing->leave();
    CHECK(store.partial() == 5);
}

TEST_CASE("no part is begun over something else that has its name") {
    const store_of_parts store;
    store.folder.write("elsewhere", "theirs");
    append(*store.begin(0), "01234");
    for (const auto& entry : std::filesystem::directory_iterator(store.folder.path()))
        if (entry.path().filename() != "elsewhere") {
            std::filesystem::remove(entry.path());
            SUBCASE("by a hard link") {
                std::filesystem::create_hard_link(store.folder.path("elsewhere"), entry.path());
            }
            SUBCASE("by a symbolic link") {
                std::filesystem::create_symlink("elsewhere", entry.path());
            }
            CHECK_THROWS(static_cast<void>(store.begin(0)));
        }
    CHECK(store.folder.read("elsewhere") == "theirs");
}
