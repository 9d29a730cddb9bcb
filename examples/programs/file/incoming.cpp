// SPDX-License-Identifier: MIT
#include "file/incoming.hpp"

#include "file/error.hpp"
#include "file/times.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace {

void demand(int result, const char* what) {
    if (result != 0) throw_errno(what);
}

} // namespace

incoming::incoming(tree::place place, description wanted)
    : wanted_(std::move(wanted)),
      part_(std::move(place), {wanted_.size, wanted_.mtime}, wanted_.offset) {}

std::size_t incoming::write(std::span<const std::byte> bytes) {
    const std::size_t all = bytes.size();
    while (!bytes.empty()) {
        const extent& stretch = wanted_.data[next_];
        if (position_ == 0 && !sum_.add_up(part_.file(), stretch.offset)) break;
        const auto piece = bytes.first(static_cast<std::size_t>(
            std::min<std::uint64_t>(bytes.size(), stretch.length - position_)));
        write_at(part_.file(), stretch.offset + position_, piece, "the file");
        sum_.update(piece);
        bytes = bytes.subspan(piece.size());
        position_ += piece.size();
        if (position_ == stretch.length) {
            ++next_;
            position_ = 0;
        }
    }
    return all - bytes.size();
}

std::optional<std::string> incoming::finish() {
    const int file = part_.file();
    if (!sum_.add_up(file, wanted_.size)) return std::nullopt;
    const bool ends_in_a_hole = wanted_.data.empty() || wanted_.data.back().end() != wanted_.size;
    if (ends_in_a_hole)
        demand(::ftruncate(file, static_cast<off_t>(wanted_.size)), "cannot end the file");
    demand(::fchmod(file, static_cast<mode_t>(wanted_.mode)), "cannot set the file's mode");
    if (wanted_.mtime) {
        const timespec time = to_timespec(*wanted_.mtime);
        const std::array<timespec, 2> times{time, time};
        demand(::futimens(file, times.data()), "cannot set the file's time");
    }
    return sum_.finish();
}
