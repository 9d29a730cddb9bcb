// SPDX-License-Identifier: MIT
#include "framecat/input.hpp"

#include "system/descriptor_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace framecat {

input::input(const std::string& file) : name_(file == "-" ? "standard input" : file) {
    if (file == "-") {
        descriptor_calls::take_input_as_bytes();
        return;
    }
    file_ = descriptor(descriptor_calls::open(file.c_str()));
    number_ = file_.get();
    if (number_ < 0) throw std::system_error(errno, std::generic_category(), "cannot read " + file);
}

std::size_t input::read(std::span<std::byte> into) {
    return read_some(number_, into, name_.c_str());
}

std::size_t byte_input::read(std::span<std::byte> into) {
    while (!is_dump_)
        if (!find_out()) is_dump_ = false; // too short
    if (*is_dump_) return read_dump(into);
    if (rest_.empty()) return input_.read(into);
    const std::size_t size = std::min(into.size(), rest_.size());
    std::ranges::copy(std::as_bytes(std::span(rest_)).first(size), into.begin());
    rest_.remove_prefix(size);
    return size;
}

/// Looks at a little more, no longer than what it is does not show: others may wait for the rest.
/// Returns: whether there was any.
bool byte_input::find_out() {
    constexpr std::size_t chunk = 4096;
    const std::size_t before = held_.size();
    held_.resize(before + chunk);
    const std::size_t size = input_.read(std::as_writable_bytes(std::span(held_).subspan(before)));
    held_.resize(before + size);
    rest_ = held_;
    is_dump_ = begins_hex_dump(held_);
    return size != 0;
}

std::size_t byte_input::read_dump(std::span<std::byte> into) {
    while (true) {
        if (const std::size_t size = dump_.read(rest_, into)) return size;
        constexpr std::size_t chunk = 64 * 1024;
        held_.resize(chunk);
        held_.resize(input_.read(std::as_writable_bytes(std::span(held_))));
        rest_ = held_;
        if (held_.empty()) return dump_.finish(into);
    }
}

} // namespace framecat
