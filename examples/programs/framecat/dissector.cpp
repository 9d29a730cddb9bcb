// SPDX-License-Identifier: MIT
#include "framecat/dissector.hpp"

#include <framing/byte_view.hpp>

#include <algorithm>

namespace framecat {

dissector::any_decoder dissector::decoder_for(const wire_options& wire) {
    if (wire.is_lesson()) return lesson_decoder(wire.limits);
    return standard_decoder(wire.limits);
}

const framing::fault& dissector::error() const {
    return std::visit([](const auto& decoder) -> const framing::fault& { return decoder.error(); },
                      decoder_);
}

bool dissector::feed(std::span<const std::byte> bytes) {
    return std::visit([&](auto& decoder) { return feed(decoder, bytes); }, decoder_);
}

template <class Decoder>
bool dissector::feed(Decoder& decoder, std::span<const std::byte> bytes) {
    while (!decoder.error() && !sink_.satisfied()) {
        const std::span<const std::byte> before = bytes;
        const framing::event event = decoder.next(bytes);
        taken_ += before.size() - bytes.size();
        switch (event) {
        case framing::event::need_more: keep_opening(before); return true;
        case framing::event::header:
            keep_opening(before.first(before.size() - bytes.size()));
            sink_.begin({frames_, offset_, decoder.header(), decoder.body_size()});
            break;
        case framing::event::body: sink_.body(decoder.body()); break;
        case framing::event::end:
            sink_.end();
            ++frames_;
            offset_ = taken_;
            opening_.clear();
            break;
        case framing::event::error:
            keep_opening(before);
            finish();
            break;
        }
    }
    return false;
}

const framing::fault& dissector::finish() {
    std::visit([](auto& decoder) { decoder.finish(); }, decoder_);
    const framing::fault& fault = error();
    if (fault && !said_) sink_.broken(fault, opening_);
    said_ = static_cast<bool>(fault);
    return fault;
}

void dissector::keep_opening(std::span<const std::byte> bytes) {
    constexpr std::size_t most = 64;
    opening_ += framing::as_text(bytes.first(std::min(bytes.size(), most - opening_.size())));
}

} // namespace framecat
