// SPDX-License-Identifier: MIT
#include "file/tree.hpp"

#include "../helpers/scratch_folder.hpp"
#include "file/error.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

namespace {

struct served {
    served() {
        outside.write("secret", "secret");
        folder.write("a/b/file", "bytes");
        std::filesystem::create_directory_symlink(outside.path(), folder.path("out"));
        std::filesystem::create_directory_symlink("a", folder.path("in"));
        std::filesystem::create_symlink(outside.path("secret"), folder.path("a/secret"));
        std::filesystem::create_symlink("b/file", folder.path("a/link"));
    }

    [[nodiscard]] std::string fault(const std::string& name) const {
        try {
            struct stat status {};
            static_cast<void>(open_file(below.find(name), status));
            return "";
        } catch (const std::exception&) {
            return current_file_error().code();
        }
    }

    scratch_folder outside;
    scratch_folder folder;
    tree below{folder.path()};
};

} // namespace

TEST_CASE("what is below a folder is found, and no symbolic link followed") {
    const served files;
    CHECK(files.fault("a/b/file").empty());
    CHECK(files.fault("a/b/none") == "not_found");
    CHECK(files.fault("a/none/file") == "not_found");
    CHECK(files.fault("a/b/file/x") == "not_found");
    CHECK(files.fault("a/b") == "not_a_file");
    CHECK(files.fault("out/secret") == "outside_root");
    CHECK(files.fault("in/b/file") == "outside_root");
    CHECK(files.fault("a/secret") == "outside_root");
    CHECK(files.fault("a/link") == "outside_root");
    CHECK_THROWS_AS(static_cast<void>(files.below.open_folder("out")), file_error);
    CHECK_THROWS_AS(static_cast<void>(files.below.find_or_make("out/new/file")), file_error);
    CHECK_FALSE(std::filesystem::exists(files.outside.path("new")));
}

TEST_CASE("missing folders of a name are made, and only where folders can be") {
    const served files;
    static_cast<void>(files.below.find_or_make("x/y/z/file"));
    CHECK(std::filesystem::is_directory(files.folder.path("x/y/z")));
    CHECK_THROWS_AS(static_cast<void>(files.below.find_or_make("a/b/file/x/file")), file_error);
    CHECK(make_folder(files.below.find("new"), 0750));
    CHECK_FALSE(make_folder(files.below.find("new"), 0750));
    CHECK_THROWS_AS(make_folder(files.below.find("a/link"), 0750), file_error);
}

TEST_CASE("a folder is read from its beginning, however often") {
    const served files;
    const descriptor folder = files.below.open_folder("");
    const std::set<std::string> expected{"a", "in", "out"};
    for (int i = 0; i < 2; ++i) {
        std::set<std::string> names;
        folder_reader entries(folder);
        while (const char* const name = entries.next()) names.insert(name);
        CHECK(names == expected);
    }
}

TEST_CASE("a file or an empty folder can be removed, and no link be followed to one") {
    const served files;
    remove(files.below.find("a/b/file"));
    remove(files.below.find("a/b"));
    CHECK_FALSE(std::filesystem::exists(files.folder.path("a/b")));
    CHECK_THROWS_AS(remove(files.below.find("a")), std::system_error);
    CHECK_THROWS_AS(remove(files.below.find("a/secret")), file_error);
    CHECK(files.outside.read("secret") == "secret");
}
