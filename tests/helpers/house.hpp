// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/shared_frames.hpp>

#include "chat/hall.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

template <>
struct doctest::StringMaker<std::vector<std::string>> {
    static String convert(const std::vector<std::string>& lines) {
        std::string all;
        for (const std::string& line : lines) all += '\n' + line;
        return all.c_str();
    }
};

namespace helpers {

using nlohmann::json;

using lines = std::vector<std::string>;

/// A message as a test says it: its type, then what it has of the rest, in this order.
inline std::string line_of(const json& header, std::string_view text = {}) {
    std::string result = header.value("type", "");
    for (const char* key : {"code", "from", "nick", "room", "seq", "to", "reason", "id"})
        if (header.contains(key))
            result += ' ' + (header[key].is_string() ? header[key].get<std::string>()
                                                     : header[key].dump());
    for (const json& name : header.value("members", json::array()))
        result += " +" + name.get<std::string>();
    if (header.contains("more")) result += " ...";
    if (!text.empty()) result += ": " + std::string(text);
    return result;
}

/// The messages of whole frames.
inline lines lines_of(std::string_view wire) {
    lines result;
    framing::reassembler<> frames;
    for (const auto& frame : frames.feed(wire))
        result.push_back(line_of(frame.header, frame.text()));
    CHECK_FALSE(frames.finish());
    return result;
}

/// A member that keeps what it hears.
class ear final : public chat::listener {
public:
    void hear(const framing::shared_frames& message) override {
        wire_ += framing::as_text(message.bytes);
    }
    void settled() override { ++turns_; }

    /// What was heard since the last call.
    [[nodiscard]] std::string wire() { return std::exchange(wire_, {}); }
    [[nodiscard]] int turns() const { return turns_; }

private:
    std::string wire_;
    int turns_ = 0;
};

inline chat::event event_of(const char* type, std::uint64_t number) {
    chat::event result;
    result.type = type;
    result.number = number;
    return result;
}

inline chat::event join_of(std::uint64_t number, std::string nick, std::string room = "lobby") {
    chat::event result = event_of("join", number);
    result.nick = std::move(nick);
    result.room = std::move(room);
    return result;
}

/// A hall and members that listen, called by their numbers.
class house {
public:
    explicit house(chat::hall::options options = {}) : rooms(std::move(options)) {}

    void apply(const chat::event& what, std::string_view text = {}) {
        listen(what.number);
        rooms.apply(what, text, timestamp(++now));
    }
    void join(std::uint64_t number, std::string nick, std::string room = "lobby") {
        apply(join_of(number, std::move(nick), std::move(room)));
    }
    void say(std::uint64_t number, std::string_view text) { apply(event_of("say", number), text); }
    void tell(std::uint64_t number, std::string nick, std::string_view text) {
        chat::event what = event_of("tell", number);
        what.nick = std::move(nick);
        apply(what, text);
    }
    void rename(std::uint64_t number, std::string nick) {
        chat::event what = event_of("nick", number);
        what.nick = std::move(nick);
        apply(what);
    }
    void leave(std::uint64_t number, const char* reason = "quit") {
        chat::event what = event_of("leave", number);
        what.reason = reason;
        apply(what);
    }

    /// What a member heard since the last call.
    lines heard(std::uint64_t number) { return lines_of(ears[number].wire()); }
    void forget() {
        for (auto& [number, each] : ears) static_cast<void>(each.wire());
    }

    chat::hall rooms;
    std::map<std::uint64_t, ear> ears;
    std::int64_t now = 0; // milliseconds

private:
    void listen(std::uint64_t number) {
        const auto [at, is_new] = ears.try_emplace(number);
        if (is_new) rooms.attach({"", number}, at->second);
    }
};

} // namespace helpers
