// SPDX-License-Identifier: MIT
#include "file/file_sum.hpp"

#include <algorithm>

bool file_sum::add_up(int file, std::uint64_t to) {
    if (kind_ == sum_kind::none) summed_ = to;
    if (summed_ >= to) return true;
    const bool is_there = summed_ < beginning_;
    const std::uint64_t step = std::min((is_there ? beginning_ : to) - summed_, sum_step);
    if (is_there)
        digest_.update_from(file, summed_, step);
    else
        digest_.update_zeros(step);
    summed_ += step;
    return summed_ == to;
}
