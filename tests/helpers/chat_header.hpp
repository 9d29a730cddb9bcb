// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>

#include <cstdint>
#include <string>

/// A header type of the user's own, by members<>.
struct chat {
    std::string type;
    std::string from;
    std::uint64_t seq = 0;

    friend bool operator==(const chat&, const chat&) = default;
};
template <>
struct framing::header_traits<chat>
    : framing::members<chat, framing::member<"type", &chat::type>,
                       framing::member<"from", &chat::from>, framing::member<"seq", &chat::seq>> {};
