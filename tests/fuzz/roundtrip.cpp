// SPDX-License-Identifier: MIT
// What an encoder takes comes back from a decoder as it was, and what it refuses could not have.
#include <framing/framing.hpp>

#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

struct note {
    std::string text;
    std::optional<std::int64_t> number;
    double real = 0;
    bool flag = false;

    friend bool operator==(const note&, const note&) = default;
};
template <>
struct framing::header_traits<note>
    : framing::members<note, framing::member<"text", &note::text>,
                       framing::member<"a \"number\"\n", &note::number>,
                       framing::member<"real", &note::real>, framing::member<"flag", &note::flag>> {
};

namespace fuzz::roundtrip {
namespace {

using framing::errc;
using nlohmann::json;

constexpr framing::limits limits{.max_header_size = 4096, .max_depth = 6};

std::string string(decisions& input) {
    const std::size_t size = input.byte() % 80;
    return std::string(framing::as_text(input.take(size)));
}

double real(decisions& input) {
    return std::bit_cast<double>(input.word());
}

/// Any tree, and so one that nests too deeply too, or whose strings are not UTF-8.
json any_value(decisions& input, std::size_t depth = 1) {
    const bool deepest = depth > limits.max_depth + 1;
    switch (input.byte() % (deepest ? 6 : 8)) {
    case 0: return nullptr;
    case 1: return input.byte() % 2 == 0;
    case 2: return input.word();
    case 3: return std::bit_cast<std::int64_t>(input.word());
    case 4: return real(input);
    case 5: return string(input);
    case 6: {
        json array = json::array();
        for (int left = input.byte() % 6; left != 0; --left)
            array.push_back(any_value(input, depth + 1));
        return array;
    }
    default: {
        json object = json::object();
        for (int left = input.byte() % 6; left != 0; --left) {
            const std::string key = string(input);
            object[key] = any_value(input, depth + 1);
        }
        return object;
    }
    }
}

std::size_t depth_of(const json& tree) {
    std::size_t depth = 0;
    for (const json& part : tree)
        depth = std::max(depth, tree.is_structured() ? depth_of(part) : 0);
    return depth + (tree.is_structured() ? 1 : 0);
}

bool is_finite(const json& tree) {
    if (tree.is_number_float()) return std::isfinite(tree.get<double>());
    return !tree.is_structured() || std::ranges::all_of(tree, is_finite);
}

bool is_utf8(const json& tree) {
    return json::parse(tree.dump(-1, ' ', false, json::error_handler_t::replace)) == tree;
}

/// Whether an encoder may say so of that header and body.
bool is_true(errc said, const json& header, std::size_t body_size) {
    switch (said) {
    case errc::invalid_header:
        return !(header.is_object() || header.is_null()) || !is_finite(header) || !is_utf8(header);
    case errc::header_too_deep: return depth_of(header) > limits.max_depth;
    case errc::body_size_mismatch:
        return header.contains("body_size") &&
               !(header.at("body_size").is_number_integer() && header.at("body_size") == body_size);
    case errc::header_too_large:
        return header.dump(-1, ' ', false, json::error_handler_t::ignore).size() > 2000;
    default: return false;
    }
}

/// The one frame of a wire, its header and body moved out.
template <class Header>
framing::owned_frame<Header> decode(std::string_view wire) {
    framing::reassembler<Header> incoming(limits);
    std::optional<framing::owned_frame<Header>> only;
    for (const auto& frame : incoming.feed(wire)) {
        demand(!only);
        only = frame.copy();
    }
    demand(only && !incoming.finish());
    return *only;
}

void encode_tree(decisions input) {
    json header = any_value(input);
    const std::uint8_t own_size = input.byte();
    const std::string body(framing::as_text(input.rest()));
    if (own_size % 4 == 1 && header.is_object()) header["body_size"] = body.size();
    if (own_size % 4 == 2 && header.is_object()) header["body_size"] = own_size;

    framing::encoder<> encoder(limits);
    std::string wire = "before";
    if (const std::error_code error = encoder.encode(header, body, wire)) {
        demand(error.category() == framing::category() && wire == "before");
        demand(is_true(static_cast<errc>(error.value()), header, body.size()));
        return;
    }
    if (header.is_null()) header = json::object();
    demand(header.is_object() && is_finite(header) && is_utf8(header));
    demand(depth_of(header) <= limits.max_depth);

    wire.erase(0, std::string_view("before").size());
    auto decoded = decode<json>(wire);
    demand(decoded.text() == body);
    demand(decoded.header.value("body_size", std::size_t{0}) == body.size());
    if (!header.contains("body_size")) decoded.header.erase("body_size");
    if (body.empty()) header.erase("body_size"), decoded.header.erase("body_size");
    demand(decoded.header == header);

    framing::encoder<framing::header_view> forward(limits);
    std::string again;
    demand(!forward.encode(decode<framing::header_view>(wire).header, body, again));
    demand(again == wire);
}

void encode_members(decisions input) {
    note header{string(input), std::nullopt, real(input), input.byte() % 2 == 0};
    if (input.byte() % 2 == 0) header.number = std::bit_cast<std::int64_t>(input.word());
    const std::string body(framing::as_text(input.rest()));

    framing::encoder<note> encoder(limits);
    std::string wire;
    const std::error_code error = encoder.encode(header, body, wire);
    demand(error == (std::isfinite(header.real) && is_utf8(header.text)
                         ? std::error_code{}
                         : make_error_code(errc::invalid_header)));
    if (error) return;
    const auto decoded = decode<note>(wire);
    demand(decoded.header == header && decoded.text() == body);
}

} // namespace

void run(bytes input) {
    decisions all(input);
    if (all.byte() % 4 == 0)
        encode_members(all);
    else
        encode_tree(all);
}

} // namespace fuzz::roundtrip
