// SPDX-License-Identifier: MIT
#include "framecat/hex_text.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace framecat {
namespace {

constexpr std::size_t offset_digits = 8;
constexpr std::size_t longest_line = 4096;

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

std::optional<bool> begins_hex_dump(std::string_view text) {
    const std::string_view offset = text.substr(0, offset_digits);
    // A dump begins at its beginning.
    if (offset.find_first_not_of('0') != offset.npos) return false;
    if (text.size() < offset_digits + 2) return std::nullopt;
    const std::string_view behind = text.substr(offset_digits, 2);
    return behind == ": " || behind == "  ";
}

std::size_t hex_text::read(std::string_view& input, std::span<std::byte> into) {
    while (true) {
        if (const std::size_t size = give(into)) return size;
        if (!waiting_.empty()) {
            take_line(std::exchange(waiting_, {}));
            continue;
        }
        const std::size_t end = input.find('\n');
        line_ += input.substr(0, end);
        if (line_.size() > longest_line) fail("it is longer than those of a hex dump");
        if (end == input.npos) {
            input = {};
            return 0;
        }
        input.remove_prefix(end + 1);
        ++number_;
        take_line(std::exchange(line_, {}));
    }
}

std::size_t hex_text::finish(std::span<std::byte> into) {
    std::string_view end = line_.empty() ? std::string_view() : std::string_view("\n");
    return read(end, into);
}

void hex_text::take_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) return;
    if (line == "*") {
        if (bytes_.empty()) fail("there is no line before it to be repeated");
        repeated_ = true;
        return;
    }
    std::uint64_t offset = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), offset, 16);
    const auto digits = static_cast<std::size_t>(end - line.data());
    if (error != std::errc() || digits < offset_digits) fail("it begins with no offset");
    if (repeated_ && offset > offset_) {
        repeated_ = false;
        repeat_end_ = offset;
        waiting_ = line; // which is taken behind what is repeated
        return;
    }
    if (offset != offset_) fail("its offset is not that of the byte that comes next");
    line.remove_prefix(digits);
    const bool by_xxd = line.starts_with(':');
    if (by_xxd) line.remove_prefix(1);
    line = line.substr(0, by_xxd ? line.find("  ", 1) : line.find('|'));
    bytes_.clear();
    given_ = 0;
    int high = -1;
    for (const char c : line) {
        const int digit = digit_of(c);
        if (digit < 0 && (c != ' ' || high >= 0)) fail("its bytes are no pairs of hex digits");
        if (digit < 0) continue;
        if (high >= 0) bytes_ += static_cast<char>(high << 4 | digit);
        high = high >= 0 ? -1 : digit;
    }
    if (high >= 0) fail("its last byte has one digit only");
    offset_ += bytes_.size();
}

std::size_t hex_text::give(std::span<std::byte> into) {
    if (given_ == bytes_.size() && offset_ < repeat_end_) {
        if (bytes_.empty()) fail("there is no line before it to be repeated");
        bytes_.resize(static_cast<std::size_t>(
            std::min<std::uint64_t>(bytes_.size(), repeat_end_ - offset_)));
        given_ = 0;
        offset_ += bytes_.size();
    }
    const std::size_t size = std::min(into.size(), bytes_.size() - given_);
    std::copy_n(std::as_bytes(std::span(bytes_)).begin() + static_cast<std::ptrdiff_t>(given_),
                size, into.begin());
    given_ += size;
    return size;
}

void hex_text::fail(const std::string& why) const {
    throw std::runtime_error("line " + std::to_string(number_) + " of the hex dump: " + why);
}

} // namespace framecat
