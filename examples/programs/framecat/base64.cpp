// SPDX-License-Identifier: MIT
#include "framecat/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace base64 {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string encode(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 3);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < size ? std::to_integer<std::uint32_t>(bytes[i]) : 0);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= size ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        bytes = bytes.subspan(size);
    }
    return text;
}

std::optional<std::string> decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < text.size() - padding; ++i) {
        const std::size_t digit = alphabet.find(text[i]);
        if (digit == alphabet.npos) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(digit);
        if (i % 4 != 0) bytes += static_cast<char>(group >> (6 - 2 * (i % 4)) & 0xff);
    }
    // The bits that padding leaves over are zero, so that there is one spelling.
    const std::uint32_t unused = padding == 2 ? 0xf : padding == 1 ? 0x3 : 0;
    if ((group & unused) != 0) return std::nullopt;
    return bytes;
}

} // namespace base64
