// SPDX-License-Identifier: MIT
#include "file/name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

std::string code_of(std::string_view name) {
    const auto fault = fault_of(name);
    return fault ? fault->code : "";
}

} // namespace

TEST_CASE("a name means the same on every system") {
    const std::string longest(255, 'x');
    const std::string longest_of_all = longest + '/' + longest + '/' + longest + '/' + longest;
    for (const std::string& name :
         {std::string("a"), std::string("a/b.bin"), std::string(".hidden"), std::string("a b"),
          std::string("..."
                      "x"),
          std::string("\u6587\u4ef6"), std::string("CONTENTS"), std::string("com10"),
          std::string("nullable.txt"), longest, longest_of_all})
        CHECK_MESSAGE(code_of(name).empty(), name);
}

TEST_CASE("a name that leads elsewhere is known as such") {
    for (const char* const name :
         {"..", "../x", "/etc/x", "a/..", "a/../../x", "a/../b", "/", "C:/../x", "a//../b"})
        CHECK_MESSAGE(code_of(name) == "outside_root", name);
}

TEST_CASE("a name that means something else somewhere is refused") {
    using namespace std::string_view_literals;
    for (const std::string_view name :
         {""sv, "."sv, "a/."sv, "./a"sv, "a//b"sv, "a/"sv, "a./b"sv, "x."sv, "x "sv})
        CHECK_MESSAGE(code_of(name) == "bad_request", std::string(name));
    for (const std::string_view name :
         {"a\0b"sv, "a\nb"sv, "a\x7f"sv, "C:\\x"sv, "\\\\srv"sv, "a:b"sv})
        CHECK_MESSAGE(code_of(name) == "bad_request", std::string(name));
    for (const std::string_view name : {"CON"sv, "con"sv, "a/Nul.txt"sv, "COM1"sv, "lpt9.log"sv,
                                        "COM\u00b9"sv, "PRN .x"sv, "aux .c"sv})
        CHECK_MESSAGE(code_of(name) == "bad_request", std::string(name));
    CHECK(code_of(".framing-part-0") == "bad_request");
    CHECK(code_of(std::string(256, 'x')) == "bad_request");
    CHECK(code_of(std::string(600, 'a') + std::string(600, '/')) == "bad_request");
}

TEST_CASE("the last part of a name is what its folder calls it") {
    CHECK(last_part("a/b/c") == "c");
    CHECK(last_part("c") == "c");
    CHECK(joined("", "c") == "c");
    CHECK(joined("a", "c") == "a/c");
    CHECK(joined("a/", "c") == "a/c");
}
