// SPDX-License-Identifier: MIT
// The core at work where exceptions are switched off, and where the test framework cannot go.
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

int failures = 0;

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    ++failures;
}

} // namespace

int main() {
    std::string wire;
    framing::encoder<chat> typed;
    framing::encoder<> untyped;
    framing::encoder<framing::header_view> raw;
    check(!typed.encode({"chat", "alice", 7}, "hello", wire), "a struct is encoded");
    check(!untyped.encode({{"type", "chat"}, {"from", "bob"}, {"seq", 8}}, "hi", wire),
          "a tree is encoded");
    const std::size_t before = wire.size();
    check(untyped.encode(nlohmann::json::array(), "", wire) == framing::errc::invalid_header,
          "what is no object is refused");
    check(wire.size() == before, "and writes nothing");

    std::string heard;
    framing::reassembler<chat> incoming;
    for (const char& byte : wire)
        for (const auto& frame : incoming.feed(std::string_view(&byte, 1)))
            heard += frame.header.from + std::to_string(frame.header.seq) + ':' +
                     std::string(frame.text()) + ' ';
    check(heard == "alice7:hello bob8:hi ", "frames come whole, byte by byte");
    check(!incoming.finish(), "and the stream ends well");

    check(!raw.encode({}, "", wire), "a keep-alive is encoded");
    for (const auto& frame : incoming.feed(std::string_view(wire).substr(before)))
        check(frame.body.empty(), "nothing is delivered that does not fit");
    check(incoming.error() == framing::errc::header_mismatch, "a header that does not fit is told");

    framing::reassembler<> bad;
    for (const auto& frame : bad.feed("\0\0\0\2{]")) check(frame.body.empty(), "no frame");
    check(bad.error() == framing::errc::invalid_header, "bad JSON is an error, not an exception");
    return failures == 0 ? 0 : 1;
}
