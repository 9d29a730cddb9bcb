// SPDX-License-Identifier: MIT
#include "chat/request.hpp"

#include "chat/names.hpp"
#include "support/message.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <array>
#include <utility>

using framing::header_view;
using nlohmann::json;

namespace chat {
namespace {

/// A member that is there, and its value, if it is one that fits.
template <class T>
struct given {
    std::optional<T> value;
};

/// All members that any message has. One that does not fit is as good as absent, where it is not
/// needed.
struct fields {
    std::optional<given<std::string>> type, nick, room, id, key, cookie, from, to;
    std::optional<given<std::uint64_t>> since, history;
};

template <class T>
std::optional<T> value_of(std::optional<given<T>>& field) {
    return field ? std::move(field->value) : std::nullopt;
}

} // namespace
} // namespace chat

template <class T>
struct framing::header_traits<chat::given<T>> {
    static bool read_json(std::string_view raw, chat::given<T>& out) {
        out.value = value_view(raw).get<T>();
        return true;
    }
};

template <>
struct framing::header_traits<chat::fields>
    : framing::members<
          chat::fields, framing::member<"type", &chat::fields::type>,
          framing::member<"id", &chat::fields::id>, framing::member<"key", &chat::fields::key>,
          framing::member<"nick", &chat::fields::nick>,
          framing::member<"room", &chat::fields::room>,
          framing::member<"cookie", &chat::fields::cookie>,
          framing::member<"from", &chat::fields::from>, framing::member<"to", &chat::fields::to>,
          framing::member<"since", &chat::fields::since>,
          framing::member<"history", &chat::fields::history>> {};

namespace chat {
namespace {

constexpr const char* default_room = "lobby";

std::string_view name_of(refusal code) {
    const auto& names = framing::header_traits<refusal>::enumerator_names;
    return std::ranges::find(names, code, &std::pair<std::string_view, refusal>::second)->first;
}

mistake bad_name(refusal code, const char* what) {
    return {code, std::string(what) + " has 1 to " + std::to_string(longest_name) +
                      " characters, none of them a control, invisible, white-space, private-use or "
                      "unassigned one"};
}

/// A null, which fields take for none, is none that fits.
request::any parse_join(const header_view& header, fields& all) {
    const std::string room = header.find("room") ? value_of(all.room).value_or("") : default_room;
    request::join join{value_of(all.nick), room, value_of(all.since), value_of(all.history),
                       value_of(all.cookie).value_or("")};
    if (header.find("nick") && (!join.nick || !is_name(*join.nick)))
        return bad_name(refusal::bad_nick, "a nickname");
    if (!is_name(join.room)) return bad_name(refusal::bad_room, "a room's name");
    return join;
}

/// Whoever it is for, it is never for all where somebody is named.
request::any parse_say(const header_view& header, fields& all) {
    if (!header.find("to")) return request::say{};
    auto nick = value_of(all.to);
    if (!nick || !is_name(*nick)) return bad_name(refusal::bad_nick, "a nickname");
    return request::tell{*std::move(nick)};
}

request::any parse_rename(fields& all) {
    auto nick = value_of(all.nick);
    if (!nick || !is_name(*nick)) return bad_name(refusal::bad_nick, "a nickname");
    return request::rename{*std::move(nick)};
}

bool is_answer(std::string_view type) {
    constexpr auto answers =
        std::to_array<std::string_view>({"bye", "challenge", "error", "joined", "left", "members",
                                         "pong", "renamed", "said", "welcome"});
    return std::ranges::find(answers, type) != answers.end();
}

request::any parse_request(const header_view& header, fields& all) {
    const auto type = value_of(all.type);
    if (!type || type->empty())
        return mistake{refusal::bad_request, "a message needs a string \"type\""};
    if (*type == "say") return parse_say(header, all);
    if (*type == "join") return parse_join(header, all);
    if (*type == "nick") return parse_rename(all);
    if (*type == "who") return request::who{value_of(all.from).value_or("")};
    if (*type == "quit") return request::quit{};
    if (*type == "ping") return request::ping{};
    if (*type == "auth") return request::auth{};
    if (is_answer(*type)) return request::answer{};
    return mistake{refusal::unknown_type, "no message of this type is known"};
}

} // namespace

json error(refusal code, std::string_view why, const std::optional<std::string>& id) {
    json message = message::error(name_of(code), why);
    if (id) message["id"] = *id;
    return message;
}

json short_error(refusal code) {
    return {{"type", "error"}, {"code", name_of(code)}};
}

client_message parse(const header_view& header) {
    auto all = header.get<fields>().value_or(fields());
    client_message result{parse_request(header, all), value_of(all.id),
                          value_of(all.key).value_or("")};
    if (result.id && result.id->size() > longest_id) result.id.reset();
    return result;
}

std::optional<mistake> fault_of_text(std::string_view text, std::uint64_t size, std::size_t most) {
    if (size == 0) return mistake{refusal::bad_text, "there is no text"};
    if (size > most)
        return mistake{refusal::too_long, "the text has " + std::to_string(size) +
                                              " bytes; the most is " + std::to_string(most)};
    if (!is_utf8(text)) return mistake{refusal::bad_text, "the text is not UTF-8"};
    return std::nullopt;
}

} // namespace chat
