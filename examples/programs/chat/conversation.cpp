// SPDX-License-Identifier: MIT
#include "chat/conversation.hpp"

#include "chat/names.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <utility>

using message::size_of;
using message::text_of;
using nlohmann::json;

namespace chat {

conversation::conversation(std::string nick, std::string room, std::string name, bool replays)
    : nick_(std::move(nick)), room_(std::move(room)), name_(std::move(name)), replays_(replays) {}

json conversation::join(std::optional<std::uint64_t> history) const {
    json result{{"type", "join"}, {"nick", nick_}, {"room", room_}};
    if (was_joined_)
        result["since"] = sequence_.last();
    else if (history)
        result["history"] = *history;
    return result;
}

void conversation::want_nick(const std::string& nick) {
    if (!joined_) nick_ = nick;
}

bool conversation::say(std::string text, std::string to) {
    if (waiting_.size() >= most_waiting) return false;
    const std::string id = name_ + '-' + std::to_string(++number_);
    waiting_.push_back({id, std::move(text), std::move(to)});
    return true;
}

std::optional<conversation::message> conversation::take_unsayable() {
    if (!joined_ || under_way_ || waiting_.empty()) return std::nullopt;
    if (keeps_secrets_ || waiting_.front().to.empty()) return std::nullopt;
    std::optional<message> result = std::move(waiting_.front());
    waiting_.pop_front();
    return result;
}

const conversation::message* conversation::next() {
    // What was under way on another connection may come back first.
    const bool replaying = !fresh_ && sequence_.last() < replay_end_;
    if (!joined_ || under_way_ || waiting_.empty() || replaying) return nullptr;
    under_way_ = true;
    return &waiting_.front();
}

conversation::outcome conversation::take(const json& header,
                                         const std::function<void(json)>& tell) {
    const std::string type = text_of(header, "type").value_or("");
    if (type == "welcome" && text_of(header, "room")) {
        welcome(header, tell);
    } else if (type == "said") {
        outcome result;
        result.is_news = header.contains("to") ? said_to_one(header) : said(header, tell);
        return result;
    } else if (type == "gap") {
        sequence_.start(size_of(header, "to").value_or(sequence_.last()));
    } else if (type == "joined") {
        members_.insert(text_of(header, "nick").value_or(""));
    } else if (type == "left") {
        members_.erase(text_of(header, "nick").value_or(""));
    } else if (type == "renamed") {
        const std::string from = text_of(header, "from").value_or("");
        const std::string nick = text_of(header, "nick").value_or("");
        members_.erase(from);
        members_.insert(nick);
        if (from == nick_) nick_ = nick;
    } else if (type == "error") {
        return refused(header);
    }
    return {};
}

bool conversation::said(const json& header, const teller& tell) {
    const std::uint64_t number = size_of(header, "seq").value_or(0);
    // Over UDP one of another room may come late, or before the welcome there.
    const bool is_here = text_of(header, "room").value_or(room_) == room_;
    if (is_here && std::exchange(fresh_, false) && number <= replay_end_)
        sequence_.start(number - 1);
    switch (is_here ? sequence_.take(number) : sequence::arrival::next) {
    case sequence::arrival::next: break;
    case sequence::arrival::after_gap:
        tell_of("lost", sequence_.gap().first, sequence_.gap().second, tell);
        break;
    case sequence::arrival::late: tell_of("late", number, number, tell); break;
    case sequence::arrival::duplicate: tell_of("duplicate", number, number, tell); return false;
    }
    came_back(header);
    return true;
}

bool conversation::said_to_one(const json& header) {
    came_back(header);
    // It has no number: who says it again, not knowing that it was heard, gives it the same name.
    const auto id = text_of(header, "id");
    if (!id) return true;
    const std::string name = text_of(header, "from").value_or("") + ' ' + *id;
    if (std::ranges::find(heard_alone_, name) != heard_alone_.end()) return false;
    heard_alone_.push_back(name);
    if (heard_alone_.size() > most_remembered) heard_alone_.pop_front();
    return true;
}

void conversation::came_back(const json& header) {
    if (waiting_.empty() || text_of(header, "id") != waiting_.front().id) return;
    waiting_.pop_front();
    under_way_ = is_postponed_ = false;
}

bool conversation::calls_us(const json& header, std::string_view text) const {
    if (text_of(header, "type") != "said" || text_of(header, "from") == nick_) return false;
    if (header.contains("to")) return true;
    return size_of(header, "seq").value_or(0) > past_end_ && mentions(text, nick_);
}

void conversation::tell_of(const char* what, std::uint64_t from, std::uint64_t to,
                           const teller& tell) const {
    tell({{"type", what}, {"room", room_}, {"from", from}, {"to", to}});
}

void conversation::welcome(const json& header, const teller& tell) {
    const std::string room = text_of(header, "room").value_or("");
    const std::uint64_t last = size_of(header, "seq").value_or(0);
    const bool again = joined_ && room == room_;
    nick_ = text_of(header, "nick").value_or(nick_);
    members_.clear();
    if (const auto names = header.find("members"); names != header.end() && names->is_array())
        for (const json& name : *names)
            if (name.is_string()) members_.insert(name.get<std::string>());
    keeps_secrets_ = header.value("private", json()) == true;
    if (again) return;
    // A server that has started anew counts from the start.
    const bool comes_back = was_joined_ && room == room_ && sequence_.last() <= last;
    room_ = room;
    joined_ = was_joined_ = true;
    replay_end_ = last;
    past_end_ = comes_back ? 0 : last;
    fresh_ = replays_ && !comes_back;
    if (!replays_ && comes_back && sequence_.last() < last)
        tell_of("lost", sequence_.last() + 1, last, tell);
    if (!replays_ || !comes_back) sequence_.start(last);
}

conversation::outcome conversation::refused(const json& header) {
    const auto id = text_of(header, "id");
    if (!under_way_ || (id && *id != waiting_.front().id)) return {};
    under_way_ = false;
    const std::string code = text_of(header, "code").value_or("");
    // It will be said: that is worth a word where it may take long.
    if (code == "rate_limited") return {false, patience, {}};
    if (code == "unavailable") return {!std::exchange(is_postponed_, true), patience, {}};
    outcome result{true, {}, std::move(waiting_.front())};
    waiting_.pop_front();
    is_postponed_ = false;
    return result;
}

void conversation::give_up() {
    if (!std::exchange(under_way_, false)) return;
    waiting_.pop_front();
    is_postponed_ = false;
}

void conversation::disconnected() {
    if (under_way_) waiting_.front().was_under_way = true;
    joined_ = under_way_ = false;
}

} // namespace chat
