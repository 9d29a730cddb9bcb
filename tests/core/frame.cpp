// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

const std::string sample = helpers::raw_frame(
    R"({"type":"a","from":"someone with a long name","seq":1,"body_size":5})", "hello");

/// A copy of the one frame of `sample`, whose bytes are gone.
template <class Header>
framing::owned_frame<Header> owned() {
    std::optional<framing::owned_frame<Header>> result;
    framing::reassembler<Header> incoming;
    for (const auto& frame : incoming.feed(std::string(sample))) result = frame.copy();
    REQUIRE(result);
    return std::move(*result);
}

} // namespace

TEST_CASE("a frame as it begins is empty") {
    const framing::frame<framing::header_view> frame;
    CHECK(frame.header.text() == "{}");
    CHECK(frame.text().empty());
    CHECK(frame.copy().header.text() == "{}");
    CHECK(framing::owned_frame<framing::header_view>{}.header.text() == "{}");
}

TEST_CASE("a body is bytes, and text when asked for") {
    const std::string body{"a\0\xff", 3};
    const framing::frame<> frame{{}, framing::byte_view(body).bytes()};
    CHECK(frame.text() == body);
    CHECK(frame.text().data() == body.data());
}

TEST_CASE_TEMPLATE("a copy outlives the bytes and the reassembler", Header, framing::header_view,
                   nlohmann::json, nlohmann::ordered_json, chat) {
    const auto frame = owned<Header>();
    CHECK(frame.text() == "hello");
    CHECK(frame.body.size() == 5);
    CHECK(helpers::text_of(frame.header).find("someone with a long name") != std::string::npos);
}

TEST_CASE_TEMPLATE("copies and moves of a copy are whole", Header, framing::header_view,
                   nlohmann::json, nlohmann::ordered_json, chat) {
    std::vector<framing::owned_frame<Header>> frames;
    {
        auto first = owned<Header>();
        frames.push_back(first);
        frames.push_back(std::move(first));
        frames.push_back(frames.front());
    }
    frames.erase(frames.begin());
    for (const auto& frame : frames) {
        CHECK(frame.text() == "hello");
        CHECK(helpers::text_of(frame.header).find("someone with a long name") != std::string::npos);
    }
}

TEST_CASE("copies of an owned header_view share its text") {
    const auto frame = owned<framing::header_view>();
    const auto copy = frame; // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(copy.header.text().data() == frame.header.text().data());
    CHECK(copy.body.data() != frame.body.data());
    CHECK(copy.header.find("seq").get<int>() == 1);
    CHECK(copy.header.body_size() == 5);
}
