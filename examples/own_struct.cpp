// SPDX-License-Identifier: MIT
// A struct of your own as the header: read from the text and written to it, without a tree between.
#include <framing/framing.hpp>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

struct order {
    std::string type;
    std::uint64_t number = 0;
    std::optional<double> limit; // may be absent
};

template <>
struct framing::header_traits<order>
    : framing::members<order, framing::member<"type", &order::type>,
                       framing::member<"number", &order::number>,
                       framing::member<"limit", &order::limit>> {};

int main() {
    std::string wire;
    framing::encoder<order> encoder;
    if (encoder.encode({"buy", 1, 9.5}, "apples", wire)) return 1;
    if (encoder.encode({"sell", 2, {}}, "pears", wire)) return 1;
    framing::encoder<> other; // a peer with a member more, and with one of another type
    if (other.encode({{"type", "buy"}, {"number", 3}, {"at", "once"}}, "plums", wire)) return 1;
    if (other.encode({{"type", "buy"}, {"number", "four"}}, "figs", wire)) return 1;

    framing::reassembler<order> incoming;
    for (const auto& frame : incoming.feed(wire))
        std::cout << frame.header.type << ' ' << frame.header.number << ": " << frame.text()
                  << (frame.header.limit ? " below " + std::to_string(*frame.header.limit) : "")
                  << '\n';
    // What does not fit ends the stream, with everything before it delivered.
    std::cout << incoming.error().message() << '\n';
}
