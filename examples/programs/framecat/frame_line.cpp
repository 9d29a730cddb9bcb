// SPDX-License-Identifier: MIT
#include "framecat/frame_line.hpp"

#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "framecat/base64.hpp"
#include "framecat/json_members.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace framecat {
namespace {

constexpr std::array<std::string_view, 8> known{
    "header", "body_size",  "body", "text", "hex",
    "time",   "connection", "from"}; // which say where a frame came from, and nothing to one

[[noreturn]] void fail(std::string_view line, const char* where, const std::string& why) {
    throw std::runtime_error("column " + std::to_string(where - line.data() + 1) + ": " + why);
}

void refuse_unknown(std::string_view line, std::string_view object) {
    for (const json_member& member : members_of(object)) {
        const framing::value_view key(member.key);
        if (std::ranges::any_of(known, [&](std::string_view name) { return key == name; }))
            continue;
        fail(line, member.key.data(),
             message::escaped(key.get<std::string>().value_or("")) +
                 " is unknown: a frame has \"header\" and \"text\", \"body\" (base 64) or "
                 "\"hex\", as in " +
                 std::string(example_line));
    }
}

std::optional<std::string> from_hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::size_t high = digits.find(text[i]);
        const std::size_t low = digits.find(text[i + 1]);
        if (high == digits.npos || low == digits.npos) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

/// The bytes that a member spells, or nothing where it is not there.
std::optional<std::string> bytes_of(std::string_view line, const framing::value_view& value,
                                    std::optional<std::string> (*decode)(std::string_view),
                                    const char* wrong) {
    if (!value) return std::nullopt;
    std::string text;
    std::optional<std::string> bytes;
    if (value.get_to(text)) bytes = decode(text);
    if (!bytes) fail(line, value.raw().data(), wrong);
    return bytes;
}

/// The body that a line gives, in one of three ways.
std::string body_of(std::string_view line, const framing::header_view& object) {
    const auto as_it_is = [](std::string_view text) { return std::optional<std::string>(text); };
    const std::array<std::optional<std::string>, 3> ways{
        bytes_of(line, object.find("text"), as_it_is, "\"text\" is not a string"),
        bytes_of(line, object.find("body"), base64::decode, "\"body\" is not a string of base 64"),
        bytes_of(line, object.find("hex"), from_hex, "\"hex\" is not a string of hex digits")};
    std::string body;
    std::size_t count = 0;
    for (const std::optional<std::string>& each : ways) {
        if (!each) continue;
        body = *each;
        ++count;
    }
    if (count > 1) throw std::runtime_error("more than one of \"text\", \"body\" and \"hex\"");
    if (const auto size = object.find("body_size");
        size && size.get<std::uint64_t>() != body.size())
        fail(line, size.raw().data(),
             "\"body_size\" is " + std::string(size.raw()) + ", but the body has " +
                 std::to_string(body.size()) + " bytes");
    return body;
}

template <class Format>
std::string encoded(const framing::header_view& header, std::string_view body,
                    const framing::limits& limits) {
    framing::encoder<framing::header_view, Format> encoder(limits);
    std::string frame;
    if (const std::error_code error = encoder.encode(header, body, frame))
        throw std::runtime_error(error.message());
    return frame;
}

} // namespace

std::string frame_of(std::string_view line, const wire_options& wire) {
    framing::fault fault;
    const auto object = framing::header_view::parse(
        line, {.max_header_size = line.size(), .max_depth = wire.limits.max_depth + 1}, fault);
    if (!object)
        fail(line, line.data() + fault.position,
             fault == framing::errc::invalid_header
                 ? "not one JSON object, such as " + std::string(example_line)
                 : fault.message());
    refuse_unknown(line, object->text());
    const auto member = object->find("header");
    if (!member) throw std::runtime_error("no \"header\", as in " + std::string(example_line));
    const auto header = framing::header_view::parse(member.raw(), wire.limits, fault);
    if (!header) fail(line, member.raw().data() + fault.position, "\"header\": " + fault.message());

    const std::string body = body_of(line, *object);
    return wire.is_lesson() ? encoded<framing::formats::lesson>(*header, body, wire.limits)
                            : encoded<framing::formats::standard>(*header, body, wire.limits);
}

} // namespace framecat
