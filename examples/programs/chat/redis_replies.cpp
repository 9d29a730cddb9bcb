// SPDX-License-Identifier: MIT
#include "chat/redis_replies.hpp"

#include <charconv>
#include <cstddef>
#include <new>
#include <span>
#include <system_error>

namespace chat {
namespace {

constexpr auto most_elements = 64 * 1024; // of a list

[[noreturn]] void refuse(const char* expected) {
    throw redis_error(std::string("not what Redis says: ") + expected + " was expected");
}

/// The elements of a list; of nothing there are none.
std::span<redisReply* const> elements_in(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return {};
    if (reply.type != REDIS_REPLY_ARRAY) refuse("a list");
    return {reply.element, reply.elements};
}

stream_entry entry_in(const redisReply& reply) {
    const auto parts = elements_in(reply);
    if (parts.size() != 2) refuse("an entry of a number and fields");
    const std::string id = text_in(*parts[0]);
    const auto dash = id.find('-');
    if (dash == id.npos) refuse("an entry whose number has two parts");
    return {to_number(std::string_view(id).substr(0, dash)), pairs_in(*parts[1])};
}

} // namespace

std::uint64_t to_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last) refuse("a number");
    return number;
}

redis_reader make_redis_reader() {
    redis_reader reader(::redisReaderCreate());
    if (!reader) throw std::bad_alloc();
    static const redisReplyObjectFunctions ordinary = *reader->fn;
    static redisReplyObjectFunctions bounded = [] {
        redisReplyObjectFunctions result = ordinary;
        result.createArray = [](const redisReadTask* task, auto elements) -> void* {
            return elements > most_elements ? nullptr : ordinary.createArray(task, elements);
        };
        return result;
    }();
    reader->fn = &bounded;
    return reader;
}

std::string text_in(const redisReply& reply) {
    switch (reply.type) {
    case REDIS_REPLY_NIL: return {};
    case REDIS_REPLY_INTEGER: return std::to_string(reply.integer);
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: return {reply.str, static_cast<std::size_t>(reply.len)};
    default: refuse("a text");
    }
}

std::uint64_t number_in(const redisReply& reply) {
    const std::string text = text_in(reply);
    return text.empty() ? 0 : to_number(text);
}

std::vector<std::string> texts_in(const redisReply& reply) {
    std::vector<std::string> result;
    for (const redisReply* const each : elements_in(reply)) result.push_back(text_in(*each));
    return result;
}

std::map<std::string, std::string> pairs_in(const redisReply& reply) {
    const std::vector<std::string> texts = texts_in(reply);
    if (texts.size() % 2 != 0) refuse("a value for each name");
    std::map<std::string, std::string> result;
    for (std::size_t i = 0; i != texts.size(); i += 2) result[texts[i]] = texts[i + 1];
    return result;
}

std::vector<stream_entry> entries_in(const redisReply& reply) {
    std::vector<stream_entry> result;
    for (const redisReply* const each : elements_in(reply)) result.push_back(entry_in(*each));
    return result;
}

std::vector<stream_entry> entries_read_in(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return {};
    const auto streams = elements_in(reply);
    if (streams.size() != 1) refuse("one stream");
    const auto parts = elements_in(*streams[0]);
    if (parts.size() != 2) refuse("a stream of a name and entries");
    return entries_in(*parts[1]);
}

} // namespace chat
