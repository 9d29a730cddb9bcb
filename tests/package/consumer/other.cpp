#include <framing/framing.hpp>

#include <string>
#include <string_view>

std::string chat(std::string_view text) {
    std::string wire;
    framing::encoder<> encoder;
    if (encoder.encode({{"type", "chat"}}, text, wire)) return {};
    return wire;
}
