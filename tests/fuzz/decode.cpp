// SPDX-License-Identifier: MIT
// Whatever the bytes and however they are cut, every reader sees the same frames and then the same
// fault; the frames, encoded again, are the bytes that they came from; and memory grows with what
// arrives, not with what is announced.
#include <framing/framing.hpp>

#include "../helpers/counting_allocator.hpp"
#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace fuzz::decode {
namespace {

using reassembler = framing::reassembler<framing::header_view>;

// Small, so that the fuzzer meets them.
constexpr framing::limits limits{.max_header_size = 1024, .max_body_size = 1024, .max_depth = 8};

/// All that a reader learns.
struct story {
    std::string wire; // the frames, encoded again
    std::uint64_t frames = 0;
    framing::fault end;

    friend bool operator==(const story&, const story&) = default;
};

void tell(story& told, const framing::header_view& header, std::string_view body) {
    framing::encoder<framing::header_view> encoder(limits);
    demand(!encoder.encode(header, body, told.wire));
    ++told.frames;
}

void tell_all(story& told, auto frames) {
    for (const auto& frame : frames) tell(told, frame.header, frame.text());
}

story fed(bytes input, auto next_size) {
    reassembler incoming{limits};
    story told;
    while (!input.empty()) {
        const auto piece = fuzz::cut_off(input, next_size());
        tell_all(told, incoming.feed(piece));
    }
    told.end = incoming.finish();
    return told;
}

story fed_bytewise(bytes input) {
    reassembler incoming{limits};
    story told;
    const auto piece = std::make_unique<std::byte>();
    for (const std::byte byte : input) {
        *piece = byte;
        tell_all(told, incoming.feed(std::span(piece.get(), 1)));
    }
    told.end = incoming.finish();
    return told;
}

story received(bytes input, auto next_size) {
    reassembler incoming{limits};
    story told;
    while (!input.empty()) {
        const auto space = incoming.prepare(next_size());
        if (space.empty()) break;
        const auto size = std::min(space.size(), input.size());
        std::ranges::copy(input.first(size), space.begin());
        tell_all(told, incoming.commit(size));
        input = input.subspan(size);
    }
    told.end = incoming.finish();
    return told;
}

story streamed(bytes input, auto next_size) {
    framing::decoder<framing::header_view> decoder{limits};
    story told;
    std::string body;
    while (!input.empty()) {
        const auto piece = fuzz::cut_off(input, next_size());
        framing::event found{};
        for (bytes rest = piece; found != framing::event::error;) {
            found = decoder.next(rest);
            if (found == framing::event::need_more) break;
            if (found == framing::event::body) body += framing::as_text(decoder.body());
            if (found == framing::event::end) tell(told, decoder.header(), std::exchange(body, {}));
        }
    }
    told.end = decoder.finish();
    return told;
}

/// Takes the input with limits that let a peer announce anything.
void hold(bytes input, auto next_size) {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    reassembler incoming{{.max_header_size = most, .max_body_size = most}};
    const allocation_watch watch;
    std::size_t arrived = 0;
    while (!input.empty()) {
        const bytes piece = input.first(std::min(next_size(), input.size()));
        input = input.subspan(piece.size());
        arrived += piece.size();
        for ([[maybe_unused]] const auto& frame : incoming.feed(piece)) continue;
        demand(watch.peak() <= 2 * arrived + 64 * 1024);
    }
}

} // namespace

void run(bytes input) {
    const auto by_input = [input, i = std::size_t{0}]() mutable {
        return std::max<std::size_t>(std::to_integer<std::size_t>(input[i++ % input.size()]), 1);
    };

    const story whole = fed(input, [&] { return input.size(); });
    demand(framing::as_text(input).starts_with(whole.wire));
    demand(whole.end || whole.wire.size() == input.size());
    demand(!whole.end ||
           (whole.end.offset == whole.wire.size() && whole.end.frame == whole.frames));
    demand(whole.end.message().size() < 256);
    demand(fed_bytewise(input) == whole);
    demand(fed(input, by_input) == whole);
    demand(received(input, by_input) == whole);
    demand(streamed(input, by_input) == whole);
    hold(input, by_input);
}

} // namespace fuzz::decode
