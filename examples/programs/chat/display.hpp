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

/// How a message of the server looks. `in_colour`: each nickname in a colour of its own.
[[nodiscard]] line display(const nlohmann::json& header, std::string_view text, bool in_colour);

} // namespace chat
