// SPDX-License-Identifier: MIT
#include "chat/redis_replies.hpp"

#include <doctest/doctest.h>
#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using chat::redis_error;
using chat::stream_entry;

struct reply_deleter {
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};

/// What Redis says, as hiredis reads it.
std::unique_ptr<redisReply, reply_deleter> reply_of(std::string_view protocol) {
    const std::unique_ptr<redisReader, decltype(&::redisReaderFree)> reader(::redisReaderCreate(),
                                                                            ::redisReaderFree);
    ::redisReaderFeed(reader.get(), protocol.data(), protocol.size());
    void* reply = nullptr;
    REQUIRE(::redisReaderGetReply(reader.get(), &reply) == REDIS_OK);
    REQUIRE(reply != nullptr);
    return std::unique_ptr<redisReply, reply_deleter>(static_cast<redisReply*>(reply));
}

std::string text(std::string_view of) {
    return '$' + std::to_string(of.size()) + "\r\n" + std::string(of) + "\r\n";
}

std::string list(const std::vector<std::string>& elements) {
    std::string result = '*' + std::to_string(elements.size()) + "\r\n";
    for (const std::string& each : elements) result += each;
    return result;
}

const std::string nothing = "$-1\r\n";
const std::string entry =
    list({text("7-0"), list({text("time"), text("12"), text("x"), ":3\r\n"})});
const stream_entry as_read{7, {{"time", "12"}, {"x", "3"}}};

/// Any reply, down to a depth.
std::string nonsense(std::mt19937& random, int depth) {
    const auto pick = [&](unsigned end) { return random() % end; };
    switch (pick(depth > 0 ? 9 : 7)) {
    case 0: return nothing;
    case 1: return "*-1\r\n";
    case 2: return ':' + std::to_string(static_cast<int>(random())) + "\r\n";
    case 3: return "+OK\r\n";
    case 4: return "-ERR no\r\n";
    case 5: return text(std::to_string(pick(20)) + (pick(2) == 0 ? "-0" : "-1"));
    case 6: return text("time");
    default: {
        std::vector<std::string> elements(pick(4));
        for (std::string& each : elements) each = nonsense(random, depth - 1);
        return list(elements);
    }
    }
}

} // namespace

TEST_CASE("replies of Redis are read as what they are") {
    CHECK(chat::text_in(*reply_of(text("a\r\nb"))) == "a\r\nb");
    CHECK(chat::text_in(*reply_of("+OK\r\n")) == "OK");
    CHECK(chat::text_in(*reply_of(":-7\r\n")) == "-7");
    CHECK(chat::text_in(*reply_of(nothing)).empty());
    CHECK(chat::number_in(*reply_of(":7\r\n")) == 7);
    CHECK(chat::number_in(*reply_of(text("18446744073709551615"))) == UINT64_MAX);
    CHECK(chat::number_in(*reply_of(nothing)) == 0);
    CHECK(chat::texts_in(*reply_of(list({text("a"), nothing}))) ==
          std::vector<std::string>{"a", ""});
    CHECK(chat::pairs_in(*reply_of(list({}))).empty());
    CHECK(chat::entries_in(*reply_of(list({entry, entry}))) ==
          std::vector<stream_entry>{as_read, as_read});
    CHECK(chat::entries_read_in(*reply_of(list({list({text("log"), list({entry})})}))) ==
          std::vector<stream_entry>{as_read});
    CHECK(chat::entries_read_in(*reply_of("*-1\r\n")).empty()); // nothing came
    const std::string foreign = list({text("7-12"), list({})});
    CHECK(chat::entries_in(*reply_of(list({foreign}))) == std::vector<stream_entry>{{7, {}}});
}

TEST_CASE("what is no reply of Redis is named, and read no further") {
    for (const std::string& each :
         {list({}), list({text("7-0")}), list({list({}), list({})}), text("7-0"),
          std::string(":7\r\n"), list({text("7"), list({})}), list({text("-0"), list({})}),
          list({text("x-0"), list({})}), list({text("7-0"), text("fields")}),
          list({text("7-0"), list({text("odd")})}),
          list({text("7-0"), list({text("a"), list({})})}),
          list({text("7-0"), list({}), text("more")})}) {
        CAPTURE(each);
        CHECK_THROWS_AS(static_cast<void>(chat::entries_in(*reply_of(list({each})))), redis_error);
        CHECK_THROWS_AS(static_cast<void>(chat::entries_read_in(
                            *reply_of(list({list({text("log"), list({each})})})))),
                        redis_error);
    }
    for (const std::string& each :
         {list({}), list({list({})}), list({list({text("log")})}), list({text("log")}),
          list({list({}), list({})}), text("log"), list({list({text("log"), text("entries")})})}) {
        CAPTURE(each);
        CHECK_THROWS_AS(static_cast<void>(chat::entries_read_in(*reply_of(each))), redis_error);
    }
    CHECK_THROWS_AS(static_cast<void>(chat::number_in(*reply_of(text("-1")))), redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::number_in(*reply_of(text("7 ")))), redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::number_in(*reply_of(text("18446744073709551616")))),
                    redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::text_in(*reply_of(list({})))), redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::text_in(*reply_of("-ERR no\r\n"))), redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::texts_in(*reply_of(text("a")))), redis_error);
    CHECK_THROWS_AS(static_cast<void>(chat::pairs_in(*reply_of(list({text("a")})))), redis_error);
}

TEST_CASE("any nonsense of Redis is read or refused") {
    std::mt19937 random(1);
    std::size_t read = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string protocol = nonsense(random, 5);
        CAPTURE(protocol);
        const auto reply = reply_of(protocol);
        const auto try_to = [&](const auto& function) {
            try {
                static_cast<void>(function(*reply));
                ++read;
            } catch (const redis_error&) {
                return;
            }
        };
        try_to(chat::text_in);
        try_to(chat::number_in);
        try_to(chat::texts_in);
        try_to(chat::pairs_in);
        try_to(chat::entries_in);
        try_to(chat::entries_read_in);
    }
    CHECK(read > 1000);
}
