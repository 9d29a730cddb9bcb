// SPDX-License-Identifier: MIT
// The library says of a header what a judge says that shares no line with it; and reads of a good
// one what nlohmann/json reads.
#include <framing/framing.hpp>

#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"
#include "../helpers/header_judge.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct chat {
    std::string type;
    std::optional<std::string> to;
    std::uint64_t seq = 0;
    std::int32_t delta = 0;
    bool last = false;
};
template <>
struct framing::header_traits<chat>
    : framing::members<chat, framing::member<"type", &chat::type>, framing::member<"to", &chat::to>,
                       framing::member<"seq", &chat::seq>, framing::member<"delta", &chat::delta>,
                       framing::member<"last", &chat::last>> {};

namespace fuzz::header {
namespace {

using framing::errc, framing::header_view;
using nlohmann::json;

/// What may lie behind a header. A scan that looks too far takes it for more of the header.
constexpr std::string_view next_in_stream[] = {"", "\"}", ",\"body_size\":1}",
                                               "0}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}"};

/// Judges the header alone, and in a stream and a datagram with bytes behind it.
void judge(std::string_view text, const framing::limits& limits, const verdict& expected) {
    framing::fault why;
    const auto view = header_view::parse(text, limits, why);
    demand(why.code == expected.error && view.has_value() == !why);
    demand(why.position <= text.size());
    if (view) demand(view->text() == text && view->body_size() == expected.body_size);

    std::string wire(framing::prefix_size, '\0');
    framing::store_prefix(static_cast<std::uint32_t>(text.size()),
                          std::as_writable_bytes(std::span(wire)).first<framing::prefix_size>());
    wire.append(text).append(next_in_stream[text.size() % std::size(next_in_stream)]);
    framing::reassembler<header_view> stream(limits);
    for ([[maybe_unused]] const auto& frame : stream.feed(wire)) break;
    demand(view || stream.error() == why);

    framing::fault of_datagram;
    const auto datagram = framing::decode_datagram<header_view>(wire, of_datagram, limits);
    demand(view || of_datagram == why);
    demand(!datagram || datagram->header.text() == text);
}

/// Whether nlohmann/json is known to judge otherwise.
bool nlohmann_differs(std::string_view text, const verdict& judged) {
    const std::size_t first = text.find_first_not_of(" \t\n\r");
    const bool object = first != text.npos && text[first] == '{';
    return !object                                  // takes any value for a whole text
           || text.find('\0') != text.npos          // takes a NUL for its end
           || judged.error == errc::header_too_deep // nests without end
           || judged.too_large_for_double;          // takes no such number
}

void read(const header_view& view, const json& tree) {
    demand(view.json() == tree);
    for (const auto& [key, value] : tree.items()) {
        const framing::value_view found = view.find(key);
        demand(found && json::parse(found.raw()) == value);
        demand(value.is_string() == found.get<std::string>().has_value());
        if (value.is_string()) demand(found == value.get_ref<const std::string&>());
        if (value.is_number()) demand(found.get<double>() == value.get<double>());
    }
    demand(tree.contains("no such key") == static_cast<bool>(view.find("no such key")));
}

/// Reads by members<> what the tree says it must find.
void read_members(const header_view& view, const json& tree) {
    const auto is = [&](const char* key, auto fits) {
        return tree.contains(key) && fits(tree.at(key));
    };
    const bool has_to = tree.contains("to") && !tree.at("to").is_null();
    const bool fits = is("type", [](const json& j) { return j.is_string(); }) &&
                      (!has_to || tree.at("to").is_string()) &&
                      is("seq", [](const json& j) { return j.is_number_unsigned(); }) &&
                      is("delta",
                         [](const json& j) {
                             return j.is_number_integer() && j.get<double>() >= -0x1p31 &&
                                    j.get<double>() < 0x1p31;
                         }) &&
                      is("last", [](const json& j) { return j.is_boolean(); });
    const auto header = view.get<chat>();
    demand(header.has_value() == fits);
    if (!header) return;
    demand(json(header->type) == tree.at("type") && header->to.has_value() == has_to);
    demand(!has_to || json(*header->to) == tree.at("to"));
    demand(json(header->seq) == tree.at("seq") && json(header->delta) == tree.at("delta"));
    demand(json(header->last) == tree.at("last"));
}

} // namespace

void run(bytes input) {
    const std::string_view text = framing::as_text(input);
    if (text.empty()) return;
    verdict judged;
    for (const std::size_t max_depth : {std::size_t{3}, std::size_t{64}}) {
        judged = header_judge(text, max_depth).judge();
        judge(text, {.max_header_size = text.size(), .max_depth = max_depth}, judged);
    }
    if (nlohmann_differs(text, judged)) return;
    const json tree = json::parse(text, nullptr, /*allow_exceptions=*/false);
    demand(tree.is_discarded() == (judged.error == errc::invalid_header));
    if (judged.error != errc{}) return;
    framing::fault why;
    const auto view = header_view::parse(text, {.max_header_size = text.size()}, why);
    demand(view.has_value());
    read(*view, tree);
    read_members(*view, tree);
}

} // namespace fuzz::header
