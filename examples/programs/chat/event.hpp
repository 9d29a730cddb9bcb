// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace chat {

/// A member, wherever it is: the server it came to, and which of its clients it is.
struct member_id {
    std::string server;
    std::uint64_t number = 0;

    auto operator<=>(const member_id&) const = default;
};

/// What a client wants of the rooms, once its form has been checked. Whether it may be, the rooms
/// decide when its turn comes; every server decides the same, so nothing here may depend on which
/// one does.
struct event {
    std::string type;         // "join", "say", "tell", "nick", "leave", or "gone": the whole server
    std::string server;       // of the member
    std::uint64_t number = 0; // of the member there
    std::optional<std::string> nick; // the new one, or of who is told something
    std::optional<std::string> room;
    std::optional<std::uint64_t> max_members; // of the room to be joined
    std::optional<std::uint64_t> since;       // replay what came after this message, or ...
    std::optional<std::uint64_t> history;     // ... so many messages
    std::optional<std::string> id;            // what the sender calls its message
    std::optional<std::string> reason;        // to leave

    [[nodiscard]] member_id member() const { return {server, number}; }
};

} // namespace chat

template <>
struct framing::header_traits<chat::event>
    : framing::members<chat::event, framing::member<"type", &chat::event::type>,
                       framing::member<"server", &chat::event::server>,
                       framing::member<"number", &chat::event::number>,
                       framing::member<"nick", &chat::event::nick>,
                       framing::member<"room", &chat::event::room>,
                       framing::member<"max_members", &chat::event::max_members>,
                       framing::member<"since", &chat::event::since>,
                       framing::member<"history", &chat::event::history>,
                       framing::member<"id", &chat::event::id>,
                       framing::member<"reason", &chat::event::reason>> {};
