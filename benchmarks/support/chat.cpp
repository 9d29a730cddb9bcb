// SPDX-License-Identifier: MIT
#include "support/chat.hpp"

#include "support/u32_frames.hpp"

#include <array>
#include <map>
#include <random>

namespace {

std::vector<bench::chat> make_chats() {
    constexpr std::array types{"chat", "join", "leave", "presence", "ack", "typing"};
    constexpr std::array names{"alice", "bob",     "carol", "dave",
                               "eve",   "mallory", "trent", "peggy_the_long"};
    std::mt19937 random; // always seeded alike
    std::vector<bench::chat> made(16384);
    for (bench::chat& header : made)
        header = {types[random() % types.size()], names[random() % names.size()],
                  10000 + random() % 90000, bench::chat_body_size};
    return made;
}

bench::chat_stream make_chat_stream(std::size_t header_size) {
    // Long headers are fewer, so that the stream is not so much larger than the caches.
    const std::size_t count = header_size < 256 ? bench::chats().size() : 1024;
    bench::chat_stream made;
    std::string body(bench::chat_body_size, 'x');
    for (std::size_t number = 0; number < count; ++number) {
        const bench::chat& header = bench::chats()[number];
        bench::fill_body(body, number);
        bench::append_u32_frame(made.bytes, bench::to_text(header, header_size));
        made.bytes += body;
        made.sum += bench::touch(bench::as_bytes(body));
        made.header_sum += bench::touch(header);
        ++made.frames;
    }
    return made;
}

} // namespace

const std::vector<bench::chat>& bench::chats() {
    static const std::vector<chat> all = make_chats();
    return all;
}

std::string bench::to_text(const chat& header, std::size_t size) {
    std::string text = R"({"type":")" + header.type + R"(","from":")" + header.from +
                       R"(","seq":)" + std::to_string(header.seq);
    const std::string end = R"(,"body_size":)" + std::to_string(header.body_size) + '}';
    if (size > 256) {
        text += R"(,"tags":["first")";
        while (text.size() + end.size() + 20 < size) text += R"(,"one more label")";
        text += ']';
    }
    return text + end;
}

const bench::chat_stream& bench::chats_of(std::size_t header_size) {
    static std::map<std::size_t, chat_stream> made;
    const auto [found, is_new] = made.try_emplace(header_size);
    if (is_new) found->second = make_chat_stream(header_size);
    return found->second;
}
