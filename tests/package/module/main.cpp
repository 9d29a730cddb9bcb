// What a program does with the module: a struct of its own, a tree, a fault.
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

import framing;

struct chat {
    std::string from;
    std::uint64_t seq = 0;
};
template <>
struct framing::header_traits<chat> : framing::members<chat, framing::member<"from", &chat::from>,
                                                       framing::member<"seq", &chat::seq>> {};

int main() {
    std::string wire;
    framing::encoder<chat> encoder;
    if (encoder.encode({"alice", 7}, "hello", wire)) return EXIT_FAILURE;

    framing::reassembler<chat> incoming({.max_body_size = 5});
    std::string said;
    for (const auto& frame : incoming.feed(std::string_view(wire)))
        if (frame.header.from == "alice" && frame.header.seq == 7) said += frame.text();

    framing::reassembler<> trees;
    for (const auto& frame : trees.feed(std::string_view(wire)))
        said += frame.header.value("from", "?");

    for (const auto& frame : incoming.feed(std::string_view("GET / HTTP/1.1")))
        said += frame.text();
    const std::error_code why = incoming.error();
    return said == "helloalice" && why == framing::errc::header_too_large ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}
