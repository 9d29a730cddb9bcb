// SPDX-License-Identifier: MIT
#include "framecat/dissector.hpp"

#include <framing/byte_view.hpp>

#include <algorithm>

namespace framecat {

bool dissector::feed(std::span<const std::byte> bytes) {
    while (!decoder_.error() && !sink_.satisfied()) {
        const std::span<const std::byte> before = bytes;
        const framing::event event = decoder_.next(bytes);
        taken_ += before.size() - bytes.size();
        switch (event) {
        case framing::event::need_more: keep_opening(before); return true;
        case framing::event::header:
            keep_opening(before.first(before.size() - bytes.size()));
            sink_.begin({frames_, offset_, decoder_.header(), decoder_.body_size()});
            break;
        case framing::event::body: sink_.body(decoder_.body()); break;
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
    const framing::fault& fault = decoder_.finish();
    if (fault && !said_) sink_.broken(fault, opening_);
    said_ = static_cast<bool>(fault);
    return fault;
}

void dissector::keep_opening(std::span<const std::byte> bytes) {
    constexpr std::size_t most = 64;
    opening_ += framing::as_text(bytes.first(std::min(bytes.size(), most - opening_.size())));
}

} // namespace framecat
