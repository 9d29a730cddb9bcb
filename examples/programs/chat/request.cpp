// SPDX-License-Identifier: MIT
#include "chat/request.hpp"

#include "chat/names.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

using framing::header_view;
using message::text_of;
using nlohmann::json;

namespace chat {
namespace {

constexpr const char* default_room = "lobby";

std::string_view name_of(refusal code) {
    const auto& names = framing::header_traits<refusal>::enumerator_names;
    return std::ranges::find(names, code, &std::pair<std::string_view, refusal>::second)->first;
}

mistake bad_name(refusal code, const char* what) {
    return {code, std::string(what) + " has 1 to " + std::to_string(longest_name) +
                      " characters, none of them a control, invisible or white-space one"};
}

request::any parse_join(const header_view& header) {
    request::join join{
        text_of(header, "nick"), default_room, header.find("since").get<std::uint64_t>(),
        header.find("history").get<std::uint64_t>(), text_of(header, "cookie").value_or("")};
    if (header.find("nick") && (!join.nick || !is_name(*join.nick)))
        return bad_name(refusal::bad_nick, "a nickname");
    if (header.find("room")) join.room = text_of(header, "room").value_or("");
    if (!is_name(join.room)) return bad_name(refusal::bad_room, "a room's name");
    return join;
}

request::any parse_rename(const header_view& header) {
    auto nick = text_of(header, "nick");
    if (!nick || !is_name(*nick)) return bad_name(refusal::bad_nick, "a nickname");
    return request::rename{*std::move(nick)};
}

bool is_answer(std::string_view type) {
    constexpr auto answers =
        std::to_array<std::string_view>({"bye", "challenge", "error", "joined", "left", "members",
                                         "pong", "renamed", "said", "welcome"});
    return std::ranges::find(answers, type) != answers.end();
}

request::any parse_request(const header_view& header) {
    const auto type = text_of(header, "type");
    if (!type || type->empty())
        return mistake{refusal::bad_request, "a message needs a string \"type\""};
    if (*type == "say") return request::say{};
    if (*type == "join") return parse_join(header);
    if (*type == "nick") return parse_rename(header);
    if (*type == "who") return request::who{text_of(header, "from").value_or("")};
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
    client_message result{parse_request(header), text_of(header, "id"),
                          text_of(header, "key").value_or("")};
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
