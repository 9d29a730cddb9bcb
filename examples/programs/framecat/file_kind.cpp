// SPDX-License-Identifier: MIT
#include "framecat/file_kind.hpp"

#include <array>

namespace framecat {
namespace {

struct kind {
    std::string_view beginning;
    std::string_view advice;
};

constexpr std::string_view pcap =
    "this is a capture of packets (pcap), not the stream in them: `tcpflow -r FILE -o DIR` "
    "writes each direction of each connection into a file";
constexpr std::string_view pcapng =
    "this is a capture of packets (pcapng), not the stream in them: `tshark -r FILE -q -z "
    "follow,tcp,raw,0` prints a connection's bytes, and tcpflow writes each direction into a file "
    "(of a pcap, which `editcap -F pcap FILE FILE.pcap` makes of it)";

constexpr std::array<kind, 8> kinds{{
    {"\xd4\xc3\xb2\xa1", pcap}, // in both byte orders, with microseconds and nanoseconds
    {"\xa1\xb2\xc3\xd4", pcap},
    {"\x4d\x3c\xb2\xa1", pcap},
    {"\xa1\xb2\x3c\x4d", pcap},
    {"\x0a\x0d\x0d\x0a", pcapng},
    {"\x1f\x8b", "this is compressed (gzip): `zcat FILE | framecat decode`"},
    {"\x28\xb5\x2f\xfd", "this is compressed (zstd): `zstdcat FILE | framecat decode`"},
    {R"({"header":)", "these are lines that `framecat encode` takes"},
}};

} // namespace

std::string_view advice_on(std::string_view beginning) {
    for (const kind& each : kinds)
        if (beginning.starts_with(each.beginning)) return each.advice;
    return {};
}

} // namespace framecat
