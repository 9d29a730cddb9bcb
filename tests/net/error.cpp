// SPDX-License-Identifier: MIT
#include <framing/net/error.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>
#include <system_error>

using framing::net::errc;

namespace {

constexpr struct {
    errc code;
    std::string_view name;
} all_codes[] = {{errc::authentication_timeout, "authentication_timeout"},
                 {errc::frame_timeout, "frame_timeout"},
                 {errc::silent_peer, "silent_peer"},
                 {errc::write_stalled, "write_stalled"},
                 {errc::closed, "closed"},
                 {errc::timed_out, "timed_out"}};

} // namespace

TEST_CASE("every code of the net has its name, and a message of its own") {
    std::set<std::string> messages;
    for (const auto& [code, name] : all_codes) {
        CHECK(framing::net::name(code) == name);
        messages.insert(make_error_code(code).message());
    }
    CHECK(messages.size() == std::size(all_codes));
    CHECK(framing::net::name(errc{}) == "no error");
}

TEST_CASE("timed_out alone is what the system calls so") {
    for (const auto& each : all_codes)
        CHECK((make_error_code(each.code) == std::errc::timed_out) ==
              (each.code == errc::timed_out));
}
