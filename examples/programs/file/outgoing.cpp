// SPDX-License-Identifier: MIT
#include "file/outgoing.hpp"

#include "file/error.hpp"
#include "file/times.hpp"

#include <algorithm>
#include <utility>

outgoing::outgoing(descriptor file, const struct stat& status, sum_kind sum, std::uint64_t from,
                   bool sparse)
    : file_(std::move(file)), status_(status), sum_(sum, from),
      size_(static_cast<std::uint64_t>(status.st_size)), from_(from),
      data_(sparse ? extents_of(file_.get(), from, size_) : whole(from, size_)),
      left_(bytes_of(data_)) {}

double outgoing::mtime() const {
    return to_seconds(status_.st_mtim);
}

std::size_t outgoing::read(std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size() && next_ < data_.size()) {
        const extent& stretch = data_[next_];
        if (position_ == 0 && !sum_.add_up(file_.get(), stretch.offset)) break;
        const auto size = static_cast<std::size_t>(
            std::min<std::uint64_t>(into.size() - filled, stretch.length - position_));
        const auto piece = into.subspan(filled, size);
        const std::size_t got = read_at(file_.get(), stretch.offset + position_, piece, "the file");
        if (got == 0) throw file_error("changed", "the file has become shorter meanwhile");
        sum_.update(piece.first(got));
        filled += got;
        position_ += got;
        left_ -= got;
        if (position_ == stretch.length) {
            ++next_;
            position_ = 0;
        }
    }
    return filled;
}

std::optional<std::string> outgoing::finish() {
    if (!sum_.add_up(file_.get(), size_)) return std::nullopt;
    std::byte more{};
    if (next_ == data_.size() && read_at(file_.get(), size_, {&more, 1}, "the file") != 0)
        throw file_error("changed", "the file has more bytes than it says");
    struct stat now {};
    if (::fstat(file_.get(), &now) != 0) throw_errno("cannot look at the file");
    if (now.st_size != status_.st_size || now.st_mtim.tv_sec != status_.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != status_.st_mtim.tv_nsec)
        throw file_error("changed", "the file has changed meanwhile");
    return sum_.finish();
}
