// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

/// Bytes as hexadecimal digits, in small letters.
inline std::string to_hex(std::span<const unsigned char> bytes) {
    std::string text;
    for (const unsigned char byte : bytes)
        text.append({"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
    return text;
}
