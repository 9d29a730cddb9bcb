// SPDX-License-Identifier: MIT
// Whatever a Redis says, the chat reads it into one of its types or names what is wrong: never a
// crash, and no more memory than what came.
#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"
#include "chat/redis_replies.hpp"

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <string>

namespace fuzz::redis {
namespace {

/// Returns: whether it could be read.
template <class Read>
bool is_read(Read read, const redisReply& reply) {
    try {
        static_cast<void>(read(reply));
        return true;
    } catch (const chat::redis_error& error) {
        demand(error.what() != std::string());
        return false;
    }
}

void read(const redisReply& reply) {
    is_read(chat::number_in, reply);
    is_read(chat::pairs_in, reply);
    is_read(chat::entries_read_in, reply);
    // Of a list of texts each is one.
    const bool texts = is_read(chat::texts_in, reply);
    for (std::size_t i = 0; texts && reply.type == REDIS_REPLY_ARRAY && i != reply.elements; ++i)
        demand(is_read(chat::text_in, *reply.element[i]));
    // Entries stay entries when they are read one by one.
    const bool entries = is_read(chat::entries_in, reply);
    for (std::size_t i = 0; entries && reply.type == REDIS_REPLY_ARRAY && i != reply.elements; ++i)
        demand(reply.element[i]->type == REDIS_REPLY_ARRAY && reply.element[i]->elements == 2);
}

} // namespace

void run(bytes input) {
    const chat::redis_reader reader = chat::make_redis_reader();
    ::redisReaderFeed(reader.get(), reinterpret_cast<const char*>(input.data()), input.size());
    while (true) {
        void* found = nullptr;
        if (::redisReaderGetReply(reader.get(), &found) != REDIS_OK || found == nullptr) return;
        const std::unique_ptr<redisReply,
                              decltype([](redisReply* reply) { ::freeReplyObject(reply); })>
            reply(static_cast<redisReply*>(found));
        read(*reply);
    }
}

} // namespace fuzz::redis
