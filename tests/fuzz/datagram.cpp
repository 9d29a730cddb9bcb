// SPDX-License-Identifier: MIT
// A datagram is a frame exactly when a stream of the same bytes is that one frame; else it has the
// fault that the stream has, or is too long. Nothing is allocated for it.
#include <framing/framing.hpp>

#include "../helpers/counting_allocator.hpp"
#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"

#include <cstddef>
#include <optional>

namespace fuzz::datagram {
namespace {

using framing::errc;
using view = framing::header_view;

constexpr framing::limits limits{.max_header_size = 1024, .max_body_size = 1024, .max_depth = 8};

std::optional<framing::frame<view>> decode(bytes input, framing::fault& why) {
    const allocation_watch watch;
    const auto frame = framing::decode_datagram<view>(input, why, limits);
    demand(watch.count() == 0);
    demand(frame.has_value() == !why);
    return frame;
}

std::optional<framing::frame<view>> first_frame(framing::reassembler<view>& stream, bytes input) {
    for (const auto& frame : stream.feed(input)) return frame;
    return std::nullopt;
}

} // namespace

void run(bytes input) {
    framing::fault why;
    const auto datagram = decode(input, why);

    framing::reassembler<view> stream(limits);
    const auto frame = first_frame(stream, input);
    if (!frame) {
        demand(input.empty() ? why == errc::truncated : why == stream.finish());
        return;
    }
    const std::size_t taken =
        framing::prefix_size + frame->header.text().size() + frame->body.size();
    if (taken == input.size()) {
        demand(datagram && datagram->header.text() == frame->header.text());
        demand(datagram->body.data() == frame->body.data());
        demand(datagram->body.size() == frame->body.size());
    } else {
        demand(why == errc::trailing_data);
        demand(why.declared == taken && why.limit == taken && why.position == input.size());
    }
}

} // namespace fuzz::datagram
