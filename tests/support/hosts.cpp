// SPDX-License-Identifier: MIT
#include "support/hosts.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

const std::filesystem::path hosts_file = "/etc/framing/hosts";

hosts::table parsed(const std::string& text) {
    return hosts::parse(text, hosts_file);
}

/// What is wrong with a text, behind the file's name.
std::string wrong_with(const std::string& text) {
    try {
        static_cast<void>(parsed(text));
    } catch (const std::invalid_argument& error) {
        return std::string(error.what()).substr(hosts_file.string().size());
    }
    return "nothing";
}

} // namespace

TEST_CASE("a file of hosts says how to reach each") {
    const auto all = parsed("# mine\n"
                            "\n"
                            "host work  # by day\r\n"
                            "  address\twork.example:7000\n"
                            "  tls yes\n"
                            "  token-file /run/token\n"
                            "  tls-ca ca#1.pem\n"
                            "host here\n"
                            "address unix:/tmp/a b");
    CHECK(all.size() == 2);
    const hosts::host work{{"address", "work.example:7000"},
                           {"tls", "yes"},
                           {"token-file", "/run/token"},
                           {"tls-ca", (hosts_file.parent_path() / "ca#1.pem").string()}};
    CHECK(all.at("work") == work);
    CHECK(all.at("here").at("address") == "unix:/tmp/a b");
    CHECK(parsed("").empty());
}

TEST_CASE("what is wrong in a file of hosts is told with its line") {
    for (const auto& [text, why] : {
             std::pair("host a\n addres b:1\n", ":2: addres is not among: host, address, "),
             std::pair("\nhost\n", ":2: host has nothing behind it"),
             std::pair("address a:1\n", ":1: address stands before the first host"),
             std::pair("host a\naddress a:1\nhost a\n", ":3: a is there twice"),
             std::pair("host a\naddress a:1\naddress b:1\n", ":3: address is there twice"),
             std::pair("host a\naddress b\n", ":2: b is no HOST:PORT or unix:PATH"),
             std::pair("host a:1\n", ":1: \"a:1\" is no name: it has a colon or a space"),
             std::pair("host a b\n", ":1: \"a b\" is no name"),
             std::pair("host a\ntls maybe\n", ":2: tls is yes or no"),
             std::pair("host a\n", ": host a has no address"),
         }) {
        CHECK(wrong_with(text).starts_with(why));
    }
    CHECK(wrong_with(std::string("host a\naddress a:1\0b\n", 21)) ==
          ":2: there is a NUL, so it is no text");
}

TEST_CASE("an address needs no file") {
    CHECK(hosts::address_of("localhost:1") == "localhost:1");
    CHECK(hosts::address_of("unix:/tmp/socket") == "unix:/tmp/socket");
    CHECK(hosts::address_of("[::1]:1") == "[::1]:1");
}
