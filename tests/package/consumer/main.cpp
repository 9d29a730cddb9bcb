// What the other translation unit encodes arrives here, cut in two.
#include <framing/framing.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

std::string chat(std::string_view text);

int main() {
    const std::string wire = chat("hello");
    const auto half = wire.size() / 2;

    framing::reassembler<> incoming;
    std::string said;
    for (const auto part :
         {std::string_view(wire).substr(0, half), std::string_view(wire).substr(half)})
        for (const auto& frame : incoming.feed(part))
            if (frame.header.value("type", "") == "chat") said += frame.text();

    return said == "hello" && !incoming.error() ? EXIT_SUCCESS : EXIT_FAILURE;
}
