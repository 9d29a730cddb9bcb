// SPDX-License-Identifier: MIT
#include "framecat/line_view.hpp"

#include <framing/byte_view.hpp>
#include <framing/error.hpp>

#include "framecat/base64.hpp"
#include "support/hex.hpp"
#include "support/message.hpp"
#include "support/timestamp.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <utility>

namespace framecat {
namespace {

/// The header as it came, but for white space, which JSON has only between tokens where it is no
/// space, and characters that act on a terminal.
std::string on_one_line(std::string_view text) {
    std::string header(text);
    std::ranges::replace_if(
        header, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return visible(header);
}

std::string member_of(line_view::options::form form, const std::string& body) {
    using enum line_view::options::form;
    const auto bytes = std::as_bytes(std::span(body));
    switch (form) {
    case none: break;
    case base64: return R"(,"body":")" + ::base64::encode(bytes) + '"';
    case text: return R"(,"text":)" + message::to_text(body);
    case hex:
        return R"(,"hex":")" +
               to_hex({reinterpret_cast<const unsigned char*>(body.data()), body.size()}) + '"';
    }
    return {};
}

} // namespace

line_view::line_view(options look, writer write)
    : options_(std::move(look)), write_(std::move(write)) {}

void line_view::begin(const frame_start& frame) {
    line_ = '{' + stamp() + R"("header":)" + on_one_line(frame.header.text()) + R"(,"body_size":)" +
            std::to_string(frame.body_size);
    holds_ = options_.body != options::form::none && frame.body_size <= options_.most_held;
    body_.clear();
}

void line_view::body(std::span<const std::byte> piece) {
    if (holds_) body_ += framing::as_text(piece);
}

void line_view::end() {
    if (holds_) line_ += member_of(options_.body, body_);
    write_(line_ += "}\n");
}

void line_view::broken(const framing::fault& fault, std::string_view) {
    write_('{' + stamp() + R"("error":")" + std::string(framing::name(fault.code)) +
           R"(","offset":)" + std::to_string(fault.offset) + "}\n");
}

std::string line_view::stamp() const {
    const origin& from = options_.from;
    std::string text;
    if (from.clock) text += R"("time":")" + to_text(from.clock()) + R"(",)";
    if (from.connection != 0) text += R"("connection":)" + std::to_string(from.connection) + ',';
    if (from.from == origin::side::client) text += R"("from":"client",)";
    if (from.from == origin::side::server) text += R"("from":"server",)";
    return text;
}

} // namespace framecat
