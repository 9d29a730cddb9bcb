// SPDX-License-Identifier: MIT
#include "support/token_line.hpp"

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/nlohmann.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

std::error_code token_line::take(std::span<const std::byte>& bytes, std::string& frames) {
    if (!wanted_) return {};
    const std::string_view text = framing::as_text(bytes);
    const std::size_t size = std::min(text.find('\n'), text.size());
    line_ += text.substr(0, size);
    if (line_.size() > longest) return std::make_error_code(std::errc::message_size);
    bytes = bytes.subspan(std::min(size + 1, bytes.size()));
    if (size == text.size()) return {};
    wanted_ = false;
    if (line_.ends_with('\r')) line_.pop_back();
    framing::encoder<> encoder;
    return encoder.encode({{"type", "auth"}, {"token", line_}}, "", frames);
}
