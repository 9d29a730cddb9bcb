// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>
#include <framing/decoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>

#include "../helpers/chat_header.hpp"
#include "../helpers/raw_frame.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using framing::errc;
using framing::event;
using helpers::raw_frame;

using decoder = framing::decoder<framing::header_view>;
using events = std::vector<event>;

std::span<const std::byte> input_of(std::string_view text) {
    return framing::byte_view(text).bytes();
}

std::string head_of(std::uint64_t size) {
    return raw_frame(R"({"body_size":)" + std::to_string(size) + '}');
}

/// All events up to the need for more, or the error.
template <class Header>
events events_of(framing::decoder<Header>& d, std::string_view text) {
    events found;
    auto input = input_of(text);
    do found.push_back(d.next(input));
    while (found.back() != event::need_more && found.back() != event::error);
    if (found.back() == event::need_more) CHECK(input.empty());
    return found;
}

/// Feeds bytes that die at once.
template <class Header>
event next_of_dying(framing::decoder<Header>& d, std::string_view text) {
    const auto bytes = std::make_unique<std::vector<char>>(text.begin(), text.end());
    auto input = framing::byte_view(*bytes).bytes();
    return d.next(input);
}

} // namespace

namespace doctest {
template <>
struct StringMaker<events> {
    static String convert(const events& all) {
        constexpr const char* names[] = {"need_more ", "header ", "body ", "end ", "error "};
        std::string text;
        for (const event e : all) text += names[static_cast<std::size_t>(e)];
        return text.c_str();
    }
};
} // namespace doctest

TEST_CASE("events come in the order of the bytes, and end needs none") {
    decoder d;
    CHECK(events_of(d, "") == events{event::need_more});
    CHECK(events_of(d, raw_frame("{}")) == events{event::header, event::end, event::need_more});
    CHECK(events_of(d, head_of(3) + "abc" + head_of(1)) ==
          events{event::header, event::body, event::end, event::header, event::need_more});
    CHECK(events_of(d, "x") == events{event::body, event::end, event::need_more});

    auto input = input_of("\0\0\0\2{}"sv);
    CHECK(d.next(input) == event::header);
    CHECK(input.empty());
    CHECK(d.next(input) == event::end);
    CHECK(d.next(input) == event::need_more);
    CHECK(d.next(input) == event::need_more);
}

TEST_CASE("no event takes more than it tells of") {
    const std::string wire = head_of(5) + "hello" + raw_frame("{}");
    decoder d;
    auto input = input_of(wire);
    CHECK(d.next(input) == event::header);
    CHECK(input.data() == input_of(wire).data() + head_of(5).size());
    CHECK(d.body_size() == 5);
    CHECK(d.next(input) == event::body);
    CHECK(input.size() == raw_frame("{}").size());
    CHECK(d.next(input) == event::end);
    CHECK(input.size() == raw_frame("{}").size());
}

TEST_CASE("pieces of a body are views of the input, in their order") {
    const std::string wire = head_of(10) + "0123456789";
    for (std::size_t size = 1; size <= wire.size(); ++size) {
        CAPTURE(size);
        decoder d;
        std::string body;
        for (std::size_t from = 0; from < wire.size(); from += size) {
            const std::string_view piece = std::string_view(wire).substr(from, size);
            auto input = input_of(piece);
            for (event e; (e = d.next(input)) != event::need_more;) {
                if (e != event::body) continue;
                CHECK(d.body().data() >= input_of(piece).data());
                CHECK(d.body().data() + d.body().size() == input.data());
                body += framing::as_text(d.body());
            }
        }
        CHECK(body == "0123456789");
        CHECK_FALSE(d.finish());
    }
}

TEST_CASE("a body skipped at its header makes no event, however it is cut") {
    const std::string wire = head_of(5) + "hello" + head_of(2) + "hi";
    for (std::size_t cut = head_of(5).size(); cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        decoder d;
        auto input = input_of(wire).first(cut);
        CHECK(d.next(input) == event::header);
        d.skip_body();
        std::string bodies;
        std::size_t ends = 0;
        for (auto rest : {input, input_of(wire).subspan(cut)})
            for (event e; (e = d.next(rest)) != event::need_more;) {
                REQUIRE(e != event::error);
                if (e == event::body) bodies += framing::as_text(d.body());
                if (e == event::end) ++ends;
            }
        CHECK(bodies == "hi"); // only this body is skipped
        CHECK(ends == 2);
        CHECK_FALSE(d.finish());
    }
}

TEST_CASE("a body skipped in its middle makes no more events") {
    decoder d;
    CHECK(events_of(d, head_of(5) + "he") == events{event::header, event::body, event::need_more});
    d.skip_body();
    CHECK(events_of(d, "ll") == events{event::need_more});
    CHECK(events_of(d, "o" + head_of(1) + "x") ==
          events{event::end, event::header, event::body, event::end, event::need_more});
}

TEST_CASE("a skip without a body at hand does nothing") {
    decoder d;
    d.skip_body();
    CHECK(events_of(d, head_of(1) + "x") ==
          events{event::header, event::body, event::end, event::need_more});
    d.skip_body();
    CHECK(events_of(d, "\0\0"sv) == events{event::need_more});
    d.skip_body();
    CHECK(events_of(d, "\0\2{}"sv) == events{event::header, event::end, event::need_more});
    d.skip_body();
    CHECK(events_of(d, head_of(1)) == events{event::header, event::need_more});
    CHECK(events_of(d, "x") == events{event::body, event::end, event::need_more});

    CHECK(events_of(d, raw_frame("{}")) == events{event::header, event::end, event::need_more});
    CHECK(events_of(d, "\0\0\0\0"sv) == events{event::error});
    d.skip_body();
    CHECK(d.error() == errc::empty_header); // final, whatever is skipped
    CHECK(events_of(d, raw_frame("{}")) == events{event::error});
}

TEST_CASE("an empty body can be skipped") {
    decoder d;
    auto input = input_of("\0\0\0\2{}\0\0\0\2{}"sv);
    CHECK(d.next(input) == event::header);
    d.skip_body();
    CHECK(d.next(input) == event::end);
    CHECK(d.next(input) == event::header);
}

TEST_CASE("a stream goes on behind a body over the limit that is skipped") {
    decoder d({.max_body_size = 4});
    const std::string large = head_of(5);
    const std::string before = head_of(4) + "1234";
    CHECK(events_of(d, before) == events{event::header, event::body, event::end, event::need_more});
    CHECK(events_of(d, large + "hello") == events{event::error});
    CHECK(d.error() == errc::body_too_large);
    CHECK(d.error().offset == before.size());
    CHECK(d.error().frame == 1);
    CHECK(d.body_size() == 5);
    CHECK(d.header().find("body_size").get<int>() == 5); // it can be read

    d.skip_body();
    CHECK_FALSE(d.error());
    // The error took the header, and nothing of the body.
    CHECK(events_of(d, "hel") == events{event::need_more});
    CHECK(events_of(d, "lo" + raw_frame("{}")) ==
          events{event::end, event::header, event::end, event::need_more});
    CHECK(events_of(d, "\0\0\0\0"sv) == events{event::error});
    CHECK(d.error().offset == before.size() + large.size() + 5 + raw_frame("{}").size());
    CHECK(d.error().frame == 3);
}

TEST_CASE("a body over the limit that is not skipped is final") {
    decoder d({.max_body_size = 0});
    auto input = std::span<const std::byte>{};
    CHECK(events_of(d, head_of(1)) == events{event::error});
    CHECK(d.next(input) == event::error);
    CHECK(d.finish() == errc::body_too_large);
    d.skip_body();
    CHECK(d.finish() == errc::truncated); // the body has not come
    CHECK(d.error().declared == 1);
}

TEST_CASE("the end of a stream inside a frame names the part and its numbers") {
    const std::string wire = head_of(5) + "hello";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        decoder d;
        CHECK(events_of(d, raw_frame("{}") + wire.substr(0, cut)).back() == event::need_more);
        const framing::fault fault = d.finish();
        CHECK(d.finish().message() == fault.message());
        if (cut == 0 || cut == wire.size()) {
            CHECK_FALSE(fault);
            CHECK(events_of(d, head_of(0)).size() == 3);
            continue;
        }
        CHECK(fault == errc::truncated);
        CHECK(fault.offset == 6);
        CHECK(fault.frame == 1);
        CHECK(fault.part == (cut < 4    ? framing::frame_part::length
                             : cut < 19 ? framing::frame_part::header
                                        : framing::frame_part::body));
        CHECK(fault.declared == (cut < 4 ? 4 : cut < 19 ? 15 : 5));
        CHECK(fault.position == (cut < 4 ? cut : cut < 19 ? cut - 4 : cut - 19));
        CHECK(events_of(d, wire.substr(cut)) == events{event::error});
    }
}

TEST_CASE("a body that has all come is no cut, even before its end was asked for") {
    decoder d;
    auto input = input_of("\0\0\0\2{}"sv);
    CHECK(d.next(input) == event::header);
    CHECK_FALSE(d.finish());
    CHECK(d.next(input) == event::end);
    CHECK_FALSE(d.finish());
}

TEST_CASE("bodies larger than any memory are streamed") {
    decoder d({.max_body_size = std::numeric_limits<std::uint64_t>::max()});
    for (const std::uint64_t size : {std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        CAPTURE(size);
        d.reset();
        CHECK(events_of(d, head_of(size)) == events{event::header, event::need_more});
        CHECK(d.body_size() == size);
        CHECK(events_of(d, std::string(100, 'x')) == events{event::body, event::need_more});
        d.skip_body();
        CHECK(events_of(d, std::string(1000, 'x')) == events{event::need_more});
        CHECK(d.finish() == errc::truncated);
        CHECK(d.error().declared == size);
        CHECK(d.error().position == 1100);
    }
}

TEST_CASE("a header lives until the call after the end of its frame") {
    const std::string text = R"({"body_size":2,"long enough for the heap":"yes"})";
    decoder d;
    CHECK(events_of(d, raw_frame(text, "xy").substr(0, 1)) == events{event::need_more});
    const std::string rest = raw_frame(text, "xy").substr(1) + raw_frame("{}");
    auto input = input_of(rest);
    while (d.next(input) != event::end) {
    }
    CHECK(d.header().text() == text);
    CHECK_FALSE(d.finish()); // not inside a frame
    decoder moved = std::move(d);
    CHECK(moved.header().text() == text);
    CHECK(moved.next(input) == event::header);
    CHECK(moved.header().text() == "{}");
    CHECK(moved.next(input) == event::end);
    CHECK(moved.next(input) == event::need_more);
    CHECK_FALSE(moved.finish());
}

TEST_CASE("an error comes again at each call and takes no input") {
    decoder d;
    CHECK(events_of(d, raw_frame("{}") + raw_frame("[]")).back() == event::error);
    const std::string message = d.error().message();
    const std::string good = raw_frame("{}");
    auto input = input_of(good);
    for (int i = 0; i < 3; ++i) CHECK(d.next(input) == event::error);
    CHECK(input.size() == good.size());
    CHECK(d.finish().message() == message);
    d.reset();
    CHECK_FALSE(d.error());
    CHECK(events_of(d, good) == events{event::header, event::end, event::need_more});
}

TEST_CASE("a reset leaves no residue, wherever the stream stands") {
    const std::string wire = head_of(5) + "hello";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut)
        for (const bool skipped : {false, true}) {
            CAPTURE(cut);
            decoder d;
            (void)events_of(d, wire.substr(0, cut));
            if (skipped) d.skip_body();
            d.reset();
            CHECK(d.body_size() == 0);
            CHECK(d.body().empty());
            CHECK_FALSE(d.finish()); // nothing has begun
            CHECK(events_of(d, wire) ==
                  events{event::header, event::body, event::end, event::need_more});
            CHECK(events_of(d, "\0\0\0\0"sv) == events{event::error});
            CHECK(d.error().offset == wire.size());
            CHECK(d.error().frame == 1);
        }
}

// A header short enough to lie inside a std::string, which a move would take elsewhere.
TEST_CASE(
    "a header_view lives while its body streams, though the input dies and the decoder moves") {
    for (const std::string& text :
         {R"({"body_size":2})"s, R"({"body_size":2,"pad":")" + std::string(500, 'x') + R"("})"}) {
        const std::string wire = raw_frame(text);
        CAPTURE(text.size());
        decoder first;
        CHECK(next_of_dying(first, wire.substr(0, 7)) == event::need_more);
        decoder d(std::move(first));
        CHECK(next_of_dying(d, wire.substr(7)) == event::header);
        const framing::header_view held = d.header();
        CHECK(d.header().text() == text);
        CHECK(next_of_dying(d, "a") == event::body);
        CHECK(d.header().text() == text);

        decoder moved(std::move(d));
        CHECK(moved.header().text() == text);
        decoder assigned;
        assigned = std::move(moved);
        decoder& self = assigned;
        assigned = std::move(self);
        CHECK(assigned.header().text() == text);
        CHECK(held.text() == text); // the same text, in the same place
        CHECK(next_of_dying(assigned, "b") == event::body);
        CHECK(assigned.header().find("body_size").get<int>() == 2);
        CHECK(next_of_dying(assigned, "") == event::end);
        CHECK_FALSE(assigned.finish());
    }
}

TEST_CASE("a move takes the stream along and leaves a new one, wherever it stands") {
    const std::string wire = head_of(5) + "hello";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        decoder source;
        events found = events_of(source, wire.substr(0, cut));
        found.pop_back();
        decoder target(std::move(source));
        CHECK(events_of(source, raw_frame("{}")) == // NOLINT(bugprone-use-after-move): as new
              events{event::header, event::end, event::need_more});
        CHECK_FALSE(source.finish());
        for (const event e : events_of(target, wire.substr(cut)))
            if (e != event::body || found.back() != event::body) found.push_back(e);
        CHECK(found == events{event::header, event::body, event::end, event::need_more});
        CHECK_FALSE(target.finish());
    }
}

TEST_CASE("a move in mid-body takes the piece along, and that the rest is skipped") {
    decoder source;
    const std::string wire = head_of(5) + "he";
    auto input = input_of(wire);
    CHECK(source.next(input) == event::header);
    CHECK(source.next(input) == event::body);
    source.skip_body();
    decoder target(std::move(source));
    CHECK(framing::as_text(target.body()) == "he");
    CHECK(target.body_size() == 5);
    CHECK(source.body().empty()); // NOLINT(bugprone-use-after-move): as new
    CHECK(source.body_size() == 0);
    CHECK(events_of(target, "llo") == events{event::end, event::need_more});
}

TEST_CASE("a move takes an error along") {
    decoder source({.max_body_size = 1});
    CHECK(events_of(source, head_of(2)) == events{event::error});
    decoder target(std::move(source));
    CHECK_FALSE(source.error()); // NOLINT(bugprone-use-after-move): as new
    CHECK(target.error() == errc::body_too_large);
    target.skip_body();
    CHECK(events_of(target, "xx") == events{event::end, event::need_more});
    CHECK(events_of(source, head_of(2)) == events{event::error}); // it has the limits still
}

TEST_CASE_TEMPLATE("headers are read as the type asked for", Header, nlohmann::json,
                   nlohmann::ordered_json, chat) {
    framing::decoder<Header> d;
    CHECK(events_of(d, raw_frame(R"({"type":"a","from":"b","seq":3})")).front() == event::header);
    if constexpr (std::same_as<Header, chat>)
        CHECK(d.header() == chat{"a", "b", 3});
    else
        CHECK(d.header().at("seq") == 3);
}

TEST_CASE("a header that does not fit can be skipped if its body is too large, and only then") {
    framing::decoder<chat> d({.max_body_size = 1});
    CHECK(events_of(d, head_of(2)) == events{event::error});
    CHECK(d.error() == errc::body_too_large);
    d.skip_body();
    CHECK(events_of(d, "xx" + head_of(1)) == events{event::end, event::error});
    CHECK(d.error() == errc::header_mismatch);
    CHECK(d.error().frame == 1);
    d.skip_body();
    CHECK(d.error() == errc::header_mismatch);
}

TEST_CASE("a bad header and one that does not fit are told by their size without the length") {
    for (const auto& [text, code] : {std::pair(R"({"a":})", errc::invalid_header),
                                     std::pair(R"({"a":1})", errc::header_mismatch)}) {
        framing::decoder<chat> d;
        CHECK(events_of(d, raw_frame(text)) == events{event::error});
        CHECK(d.error() == code);
        CHECK(d.error().declared == std::string_view(text).size());
    }
}
