// SPDX-License-Identifier: MIT
// Whatever the bytes and however they are cut, a reader sees the same frames and then the same
// fault; and the frames, encoded again, are the bytes that they came from.
#include <framing/framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using bytes = std::span<const std::byte>;
using reassembler = framing::reassembler<framing::header_view>;

// Small, so that the fuzzer meets them.
constexpr framing::limits limits{.max_header_size = 1024, .max_body_size = 1024, .max_depth = 8};

// All that a reader learns: header, body, header, body, ..., and how it ended.
using story = std::vector<std::string>;

void tell(story& told, auto frames) {
    for (const auto& frame : frames) {
        told.emplace_back(frame.header.text());
        told.emplace_back(frame.text());
    }
}

story end(story told, auto& reader) {
    told.push_back(reader.finish().message());
    return told;
}

// A block of its own, so that the sanitizer sees a read past its end.
std::vector<std::byte> take(bytes& input, std::size_t size) {
    const bytes taken = input.first(std::clamp<std::size_t>(size, 1, input.size()));
    input = input.subspan(taken.size());
    return {taken.begin(), taken.end()};
}

story fed(bytes input, auto next_size) {
    reassembler incoming{limits};
    story told;
    while (!input.empty()) {
        const auto chunk = take(input, next_size());
        tell(told, incoming.feed(chunk));
    }
    return end(std::move(told), incoming);
}

story received(bytes input, auto next_size) {
    reassembler incoming{limits};
    story told;
    while (!input.empty()) {
        const auto space = incoming.prepare(std::max<std::size_t>(next_size(), 1));
        if (space.empty()) break;
        const auto size = std::min(space.size(), input.size());
        std::ranges::copy(input.first(size), space.begin());
        tell(told, incoming.commit(size));
        input = input.subspan(size);
    }
    return end(std::move(told), incoming);
}

story streamed(bytes input, auto next_size) {
    framing::decoder<framing::header_view> decoder{limits};
    story told;
    std::string header;
    std::string body;
    while (!input.empty()) {
        const auto chunk = take(input, next_size());
        framing::event found{};
        for (bytes rest = chunk; found != framing::event::error;) {
            found = decoder.next(rest);
            if (found == framing::event::need_more) break;
            if (found == framing::event::header) header = decoder.header().text();
            if (found == framing::event::body) body += framing::as_text(decoder.body());
            if (found == framing::event::end) {
                told.push_back(std::exchange(header, {}));
                told.push_back(std::exchange(body, {}));
            }
        }
    }
    return end(std::move(told), decoder);
}

bool encodes_to_its_bytes(const story& told, std::string_view input) {
    framing::encoder<framing::header_view> encoder;
    std::string wire;
    for (std::size_t i = 0; i + 1 < told.size(); i += 2) {
        framing::fault fault;
        const auto header = framing::header_view::parse(told[i], limits, fault);
        if (!header || encoder.encode(*header, told[i + 1], wire)) return false;
    }
    return input.starts_with(wire);
}

void demand(bool held) {
    if (!held) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes input = std::as_bytes(std::span(data, size));
    const auto by_input = [input, i = std::size_t{0}]() mutable {
        return std::to_integer<std::size_t>(input[i++ % input.size()]);
    };

    const story whole = fed(input, [size] { return size; });
    demand(fed(input, [] { return std::size_t{1}; }) == whole);
    demand(fed(input, by_input) == whole);
    demand(received(input, by_input) == whole);
    demand(streamed(input, by_input) == whole);
    demand(encodes_to_its_bytes(whole, framing::as_text(input)));
    return 0;
}
