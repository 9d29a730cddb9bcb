// SPDX-License-Identifier: MIT
// Distinct objects in distinct threads share nothing that is written. ThreadSanitizer sees to it.
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <latch>
#include <string>
#include <thread>
#include <vector>

using helpers::outcome;

namespace {

/// Two frames of chat, and bytes that make no third.
template <class Header>
std::string encoded() {
    framing::encoder<chat> typed;
    framing::encoder<Header> again;
    std::string wire;
    framing::fault why;
    for (const chat& header : {chat{"chat", "alice", 7}, chat{"chat", "b\u00f6b \"\n", 8}}) {
        std::string once;
        if (typed.encode(header, "hello", once)) return {};
        const auto frame = framing::decode_datagram<Header>(once, why);
        if (!frame || again.encode(frame->header, frame->body, wire)) return {};
    }
    return wire + "GET / HTTP/1.1\r\n\r\n";
}

/// All that one thread does with objects of its own.
template <class Header>
std::vector<outcome> work() {
    const std::string wire = encoded<Header>();
    const auto cuts = helpers::bytewise(wire.size());
    return {helpers::by_feed<Header>(wire, {}), helpers::by_feed<Header>(wire, cuts),
            helpers::by_prepare<Header>(wire, cuts), helpers::by_decoder<Header>(wire, {}),
            helpers::by_decoder<Header>(wire, cuts)};
}

} // namespace

TEST_CASE_TEMPLATE("distinct objects work in distinct threads", Header, framing::header_view,
                   nlohmann::json, chat) {
    constexpr int threads = 2;
    std::vector<outcome> results[threads];
    std::string messages[threads];
    std::latch all_there(threads);
    const auto run = [&](int number) {
        all_there.arrive_and_wait();
        // the first use of the category, too, is in both
        messages[number] = make_error_code(framing::errc::truncated).message();
        results[number] = work<Header>();
    };
    std::thread other(run, 1);
    run(0);
    other.join();

    CHECK(messages[0] == "truncated: the input ended inside a frame");
    CHECK(messages[0] == messages[1]);
    CHECK(results[0] == results[1]);
    CHECK(results[0] == work<Header>());
    for (const outcome& result : results[0]) {
        CHECK(result.frames.size() == 2);
        CHECK(result.error == framing::errc::header_too_large);
        CHECK(result == results[0].front());
    }
}
