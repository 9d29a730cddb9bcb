// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace chat {

/// Why a server does not do what a client asks.
enum class refusal {
    bad_request,
    unknown_type,
    not_joined,
    bad_nick,
    nick_taken,
    bad_room,
    room_full,
    bad_text,
    too_long,
    rate_limited,
    unavailable,
    no_such_nick,
};

/// The message that says so. `id`: what the client calls the one that is refused.
[[nodiscard]] nlohmann::json error(refusal code, std::string_view why,
                                   const std::optional<std::string>& id = {});

/// As short as it can be, for who must not get much.
[[nodiscard]] nlohmann::json short_error(refusal code);

/// What is wrong with a message, by its form alone.
struct mistake {
    refusal code = refusal::bad_request;
    std::string why;
};

/// Each thing that a client may ask, over TCP or UDP, its form checked.
namespace request {

/// Without a nickname it is a move of who has one.
struct join {
    std::optional<std::string> nick;
    std::string room;
    std::optional<std::uint64_t> since;   // replay what came after this message, or ...
    std::optional<std::uint64_t> history; // ... so many messages
    std::string cookie;
};
struct say {};
/// What only one member is to hear.
struct tell {
    std::string nick;
};
struct rename {
    std::string nick;
};
struct who {
    std::string from; // the first nickname that is wanted
};
struct quit {};
struct ping {};
struct auth {};
/// What only servers say. To answer it could go on for ever.
struct answer {};

using any = std::variant<mistake, join, say, tell, rename, who, quit, ping, auth, answer>;

} // namespace request

inline constexpr std::size_t longest_id = 64; // bytes, of what a client calls its message

struct client_message {
    request::any asks;
    std::optional<std::string> id; // what its client calls it
    std::string key;               // what a member shows over UDP
};

[[nodiscard]] client_message parse(const framing::header_view& header);

/// What is wrong with a text of `size` bytes, of which `text` has as many as may be.
[[nodiscard]] std::optional<mistake> fault_of_text(std::string_view text, std::uint64_t size,
                                                   std::size_t most);

} // namespace chat

template <>
struct framing::header_traits<chat::refusal>
    : framing::enumerators<chat::refusal,
                           framing::enumerator<"bad_request", chat::refusal::bad_request>,
                           framing::enumerator<"unknown_type", chat::refusal::unknown_type>,
                           framing::enumerator<"not_joined", chat::refusal::not_joined>,
                           framing::enumerator<"bad_nick", chat::refusal::bad_nick>,
                           framing::enumerator<"nick_taken", chat::refusal::nick_taken>,
                           framing::enumerator<"bad_room", chat::refusal::bad_room>,
                           framing::enumerator<"room_full", chat::refusal::room_full>,
                           framing::enumerator<"bad_text", chat::refusal::bad_text>,
                           framing::enumerator<"too_long", chat::refusal::too_long>,
                           framing::enumerator<"rate_limited", chat::refusal::rate_limited>,
                           framing::enumerator<"unavailable", chat::refusal::unavailable>,
                           framing::enumerator<"no_such_nick", chat::refusal::no_such_nick>> {};
