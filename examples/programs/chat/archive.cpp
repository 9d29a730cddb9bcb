// SPDX-License-Identifier: MIT
#include "chat/archive.hpp"

#include <memory>
#include <utility>

namespace chat {
namespace {

/// What it takes to keep a frame, beside its bytes.
constexpr std::size_t overhead = 128;

} // namespace

void archive::keep(shelf& on, std::uint64_t seq, std::string frame) {
    const std::size_t size = frame.size();
    on.messages_.push_back(
        {seq, std::make_shared<const std::string>(std::move(frame)), last_age_ + 1});
    try {
        if (on.messages_.size() == 1) oldest_.emplace(last_age_ + 1, &on);
    } catch (...) {
        on.messages_.pop_back();
        throw;
    }
    ++last_age_;
    on.bytes_ += size;
    bytes_ += size + overhead;
    while (on.messages_.size() > limits_.messages || on.bytes_ > limits_.bytes) drop_oldest(on);
    while (bytes_ > limits_.in_all) drop_oldest(*oldest_.begin()->second);
}

void archive::clear(shelf& all) {
    while (!all.messages_.empty()) drop_oldest(all);
}

void archive::drop_oldest(shelf& of) {
    const std::size_t size = of.messages_.front().frame.bytes.size();
    auto place = oldest_.extract(of.messages_.front().age);
    of.messages_.pop_front();
    of.bytes_ -= size;
    bytes_ -= size + overhead;
    if (of.messages_.empty()) return;
    place.key() = of.messages_.front().age;
    oldest_.insert(std::move(place));
}

} // namespace chat
