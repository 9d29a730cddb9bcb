// SPDX-License-Identifier: MIT
#include "chat/typed_lines.hpp"

#include "../helpers/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

using chat::typed_lines;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

} // namespace

TEST_CASE("what was typed is there the next time, and nobody else can read it") {
    const scratch_folder folder;
    const std::filesystem::path path = folder.path("state/framing/chat_history");
    typed_lines first(path);
    CHECK(first.load().empty());
    first.append("one");
    first.append("two words");
    typed_lines(path).append("of another program");
    CHECK(typed_lines(path).load() ==
          std::vector<std::string>{"one", "two words", "of another program"});
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
}

TEST_CASE("a file that others could read is theirs no more") {
    const scratch_folder folder;
    const std::filesystem::path path = folder.path("history");
    folder.write("history", "old\n");
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    CHECK(typed_lines(path).load() == std::vector<std::string>{"old"});
    CHECK(mode_of(path) == 0600);
}

TEST_CASE("a file that has become long loses its older half, in whole lines") {
    const scratch_folder folder;
    const std::filesystem::path path = folder.path("history");
    std::ofstream file(path);
    for (int n = 0; n < 20'000; ++n) file << "line " << n << " of many\n";
    file.close();
    const auto kept = typed_lines(path).load();
    CHECK(kept.back() == "line 19999 of many");
    CHECK(kept.front().starts_with("line "));
    CHECK(kept.size() < 10'000);
    CHECK(std::filesystem::file_size(path) <= 128 * 1024);
    CHECK(typed_lines(path).load() == kept);
}

TEST_CASE("what is no file of ours is refused") {
    const scratch_folder folder;
    const std::filesystem::path path = folder.path("history");
    folder.write("other", "");
    std::filesystem::create_symlink(folder.path("other"), path);
    CHECK_THROWS_AS(static_cast<void>(typed_lines(path).load()), std::exception);
    CHECK_THROWS_AS(typed_lines(folder.path()).append("x"), std::exception);
    CHECK_THROWS_AS(typed_lines("/proc/none/history").append("x"), std::system_error);
}

TEST_CASE("what is for one member alone, or begins with a space, is not kept") {
    CHECK(typed_lines::keeps("hello"));
    CHECK(typed_lines::keeps("/nick al"));
    CHECK(typed_lines::keeps("/message"));
    CHECK_FALSE(typed_lines::keeps("/msg bob psst"));
    CHECK_FALSE(typed_lines::keeps("/MSG bob psst"));
    CHECK_FALSE(typed_lines::keeps(" not this"));
    CHECK_FALSE(typed_lines::keeps(""));
}
