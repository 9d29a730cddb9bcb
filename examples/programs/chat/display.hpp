// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace chat {

/// A line for a person.
struct line {
    enum class kind {
        talk,   // what somebody has said, or an answer that was asked for
        notice, // what has happened
    };
    kind what = kind::notice;
    std::string text;
};

struct appearance {
    bool in_colour = false;  // each nickname in a colour of its own
    bool stands_out = false; // where there is colour
};

/// How a message of the server looks.
[[nodiscard]] line display(const nlohmann::json& header, std::string_view text,
                           const appearance& look);

} // namespace chat
