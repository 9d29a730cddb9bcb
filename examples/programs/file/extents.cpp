// SPDX-License-Identifier: MIT
#include "file/extents.hpp"

#include <framing/header_view.hpp>

#include "file/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <utility>

namespace {

/// Where the next data, or the next hole, begins; `size` where none does.
std::uint64_t seek(int file, std::uint64_t from, int what, std::uint64_t size) {
    const off_t found = ::lseek(file, static_cast<off_t>(from), what);
    if (found >= 0) return std::min(static_cast<std::uint64_t>(found), size);
    if (errno == ENXIO) return size;
    throw_errno("cannot look for holes");
}

/// Fills the smallest holes, until few enough are left.
void fill_holes(extents& data) {
    if (data.size() <= most_extents) return;
    std::vector<std::uint64_t> holes;
    for (std::size_t i = 1; i < data.size(); ++i)
        holes.push_back(data[i].offset - data[i - 1].end());
    const auto last_kept = holes.begin() + (most_extents - 2);
    std::ranges::nth_element(holes, last_kept, std::greater());
    const std::uint64_t least = *last_kept + 1; // equal ones go, too
    extents merged{data.front()};
    for (std::size_t i = 1; i < data.size(); ++i)
        if (data[i].offset - merged.back().end() >= least)
            merged.push_back(data[i]);
        else
            merged.back().length = data[i].end() - merged.back().offset;
    data = std::move(merged);
}

} // namespace

bool framing::header_traits<extent>::read_json(std::string_view raw, extent& stretch) {
    const auto pair = framing::value_view(raw).get<std::array<std::uint64_t, 2>>();
    if (pair) stretch = {pair->front(), pair->back()};
    return pair.has_value();
}

extents extents_of(int file, std::uint64_t from, std::uint64_t size) {
    struct stat status {};
    if (::fstat(file, &status) != 0) throw_errno("cannot look at the file");
    constexpr std::uint64_t block = 512;
    if (static_cast<std::uint64_t>(status.st_blocks) * block >= size) return whole(from, size);
    extents data;
    for (std::uint64_t at = from; at < size;) {
        const std::uint64_t begin = seek(file, at, SEEK_DATA, size);
        const std::uint64_t end = begin < size ? seek(file, begin, SEEK_HOLE, size) : size;
        if (begin < end) data.push_back({begin, end - begin});
        // Whatever writes to it meanwhile, there are not more of them than memory holds.
        if (data.size() >= 64 * most_extents) fill_holes(data);
        at = end;
    }
    fill_holes(data);
    return data;
}

extents whole(std::uint64_t from, std::uint64_t size) {
    if (from == size) return {};
    return {{from, size - from}};
}

bool fit(const extents& data, std::uint64_t from, std::uint64_t size) {
    for (const extent& each : data) {
        if (each.length == 0 || each.offset < from || each.offset > size ||
            each.length > size - each.offset)
            return false;
        from = each.end();
    }
    return true;
}

std::uint64_t bytes_of(const extents& data) {
    std::uint64_t sum = 0;
    for (const extent& each : data) sum += each.length;
    return sum;
}

nlohmann::json to_json(const extents& data) {
    nlohmann::json list = nlohmann::json::array();
    for (const extent& each : data) list.push_back({each.offset, each.length});
    return list;
}
