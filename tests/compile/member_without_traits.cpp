// SPDX-License-Identifier: MIT
// A value that cannot be read: the first error is to name the member, the next to say what helps.
#include <framing/framing.hpp>

#include <vector>

struct point {
    int x = 0;
};
struct drawing {
    std::vector<point> outline;
};
template <>
struct framing::header_traits<drawing>
    : framing::members<drawing, framing::member<"outline", &drawing::outline>> {};

template class framing::reassembler<drawing>;
