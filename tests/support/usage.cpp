// SPDX-License-Identifier: MIT
#include "support/usage.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_CASE("what was meant is what is near") {
    const std::vector<std::string> names{"-n", "--nick", "--room", "--history", "--tls-cert"};
    CHECK(usage::nearest("--nik", names) == "--nick");
    CHECK(usage::nearest("--ncik", names) == "--nick"); // two letters exchanged
    CHECK(usage::nearest("-nick", names) == "--nick");
    CHECK(usage::nearest("--histroy", names) == "--history");
    CHECK(usage::nearest("--tlscert", names) == "--tls-cert");
    CHECK(usage::nearest("--colour", names).empty());
    CHECK(usage::nearest("-x", names).empty()); // any letter would be near
    CHECK(usage::nearest("--", names).empty());
    CHECK(usage::nearest("--nik", {}).empty());
}

TEST_CASE("a help has its lines in at most 80 columns, the sections in order") {
    usage::command program;
    program.name = "example";
    program.description = "shows how";
    auto& file = program.options.emplace_back();
    file.value = "FILE";
    file.what = "which";
    file.required = true;
    auto& deep = program.options.emplace_back();
    deep.names = {"-d", "--deep"};
    deep.value = "N";
    deep.section = "Limits";
    deep.what = "a text that is so long that it has to go on in the line below this one";
    deep.initially = "3";
    auto& more = program.options.emplace_back();
    more.names = {"--more"};
    more.what = "go on";
    CHECK(usage::help(program, nullptr) ==
          "Usage: example [OPTION]... FILE\n"
          "Shows how.\n"
          "\n"
          "  FILE                        which\n"
          "\n"
          "Options:\n"
          "      --more                  go on\n"
          "\n"
          "Limits:\n"
          "  -d, --deep N                a text that is so long that it has to go on in the\n"
          "                              line below this one (default 3)\n");
}

TEST_CASE("nothing in a text acts on who formats the manual or completes by it") {
    usage::command program;
    program.name = "example";
    program.description = ".so it's \\n";
    auto& odd = program.options.emplace_back();
    odd.names = {"--odd"};
    odd.what = "'quoted' [in: brackets]";
    CHECK(usage::manual(program, "1.0").find("\n\\&.so it's \\en\n") != std::string::npos);
    CHECK(usage::manual(program, "1.0").find("\n\\&'quoted'") != std::string::npos);
    CHECK(usage::zsh_completion(program).find(
              R"('(--odd)--odd['\''quoted'\'' \[in\: brackets\]]')") != std::string::npos);
}
