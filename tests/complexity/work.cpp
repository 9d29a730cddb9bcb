// SPDX-License-Identifier: MIT
// One stream through one reader, to have its instructions counted: work SHAPE READER PIECE SIZE
#include <framing/framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace {

using framing::header_view;

constexpr framing::limits limits{.max_header_size = 1 << 30, .max_body_size = 1 << 30};

std::string frame(std::string_view header, std::string_view body = {}) {
    std::string wire(framing::prefix_size, '\0');
    framing::store_prefix(static_cast<std::uint32_t>(header.size()),
                          std::as_writable_bytes(std::span(wire)).first<framing::prefix_size>());
    return wire.append(header).append(body);
}

/// About `size` bytes of `part`, over and over.
std::string filled(std::size_t size, std::string_view part) {
    std::string text;
    while (text.size() < size) text += part;
    return text;
}

/// What a stream may be made of, honest and not, by the number of its bytes.
const std::map<std::string_view, std::function<std::string(std::size_t)>> shapes{
    {"string", [](auto n) { return frame(R"({"a":")" + filled(n, "text") + R"("})"); }},
    {"escapes", [](auto n) { return frame(R"({"a":")" + filled(n, "\\u00e9") + R"("})"); }},
    {"chinese", [](auto n) { return frame("{\"a\":\"" + filled(n, "\xe4\xbd\xa0") + "\"}"); }},
    {"members", [](auto n) { return frame("{" + filled(n, R"("key":12345,)") + R"("a":1})"); }},
    {"keys", [](auto n) { return frame("{" + filled(n, R"("body\u005fsiz":1,)") + R"("a":1})"); }},
    {"sizes", [](auto n) { return frame("{" + filled(n, R"("body_size":1,)") + R"("a":1})"); }},
    {"objects", [](auto n) { return frame(R"({"a":[)" + filled(n, R"({"b":[]},)") + "0]}"); }},
    {"spaces", [](auto n) { return frame("{" + filled(n, " \t\r\n") + "}"); }},
    {"bad-at-end", [](auto n) { return frame("{" + filled(n, R"("key":"text",)") + "}"); }},
    {"never-closed", [](auto n) { return frame(R"({"a":")" + filled(n, "text}")); }},
    {"body",
     [](auto n) {
         return frame(R"({"body_size":)" + std::to_string(n) + '}', std::string(n, 'b'));
     }},
    {"frames", [](auto n) { return filled(n, frame(R"({"body_size":20})", filled(20, "body"))); }},
};

void feed(std::string_view wire, std::size_t piece) {
    framing::reassembler<header_view> incoming(limits);
    for (; !wire.empty(); wire.remove_prefix(std::min(piece, wire.size())))
        for (const auto& frame : incoming.feed(wire.substr(0, piece)))
            static_cast<void>(frame.header.find("a"));
}

void commit(std::string_view wire, std::size_t piece) {
    framing::reassembler<header_view> incoming(limits);
    while (!wire.empty()) {
        const auto room = incoming.prepare(piece);
        const auto part = std::as_bytes(std::span(wire)).first(std::min(room.size(), wire.size()));
        if (room.empty()) return;
        std::ranges::copy(part, room.begin());
        for (const auto& frame : incoming.commit(part.size()))
            static_cast<void>(frame.header.find("a"));
        wire.remove_prefix(part.size());
    }
}

void decode(std::string_view wire, std::size_t piece) {
    framing::decoder<header_view> decoder(limits);
    for (; !wire.empty(); wire.remove_prefix(std::min(piece, wire.size()))) {
        auto input = std::as_bytes(std::span(wire.substr(0, piece)));
        for (framing::event e; (e = decoder.next(input)) != framing::event::need_more;)
            if (e == framing::event::error) return;
    }
}

/// The header as a tree, and that as a header again.
void forward(std::string_view wire, std::size_t piece) {
    framing::reassembler<> incoming(limits);
    framing::encoder<> encoder(limits);
    std::string out;
    for (; !wire.empty(); wire.remove_prefix(std::min(piece, wire.size())))
        for (const auto& frame : incoming.feed(wire.substr(0, piece)))
            if (encoder.encode(frame.header, frame.body, out)) return;
}

const std::map<std::string_view, void (*)(std::string_view, std::size_t)> readers{
    {"feed", feed}, {"commit", commit}, {"decode", decode}, {"forward", forward}};

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const auto shape = shapes.find(argv[1]);
    const auto reader = readers.find(argv[2]);
    if (shape == shapes.end() || reader == readers.end()) return 2;
    const std::string wire = shape->second(std::strtoull(argv[4], nullptr, 10));
    const std::size_t piece = std::strtoull(argv[3], nullptr, 10);
    reader->second(wire, piece == 0 ? wire.size() : piece);
}
