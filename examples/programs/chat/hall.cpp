// SPDX-License-Identifier: MIT
#include "chat/hall.hpp"

#include <framing/byte_view.hpp>

#include "chat/names.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using nlohmann::json;

namespace chat {
namespace {

/// As many names as fit, from the first one on that is not in `names` yet.
template <class Members, class Iterator>
json names_of(const Members& members, Iterator& from, std::size_t bytes) {
    json names = json::array();
    for (; from != members.end(); ++from) {
        const std::size_t size = from->second.nick.size() + 4; // quotes, comma, an escape
        if (size > bytes) break;
        bytes -= size;
        names.push_back(from->second.nick);
    }
    return names;
}

/// Says in a message that there are more names. Returns: the first of them.
template <class Members, class Iterator>
std::optional<std::string> note_rest(json& message, const Members& members, Iterator next) {
    if (next == members.end()) return std::nullopt;
    message["more"] = true;
    message["next"] = next->second.nick;
    return next->second.nick;
}

} // namespace

void hall::attach(const member_id& member, listener& here) {
    listeners_.emplace(member, &here);
}

void hall::detach(const member_id& member) {
    listeners_.erase(member);
    const auto at = places_.find(member);
    if (at != places_.end()) at->second.in->members.at(at->second.key).here = nullptr;
}

void hall::apply(const event& what, std::string_view text, timestamp when) {
    if (what.type == "join")
        join(what, when);
    else if (what.type == "say")
        say(what, text, when);
    else if (what.type == "tell")
        say_to_one(what, text, when);
    else if (what.type == "nick")
        rename(what);
    else if (what.type == "leave")
        leave(what.member(), what.reason.value_or("closed"));
    else if (what.type == "gone")
        forget_server(what.server);
    if (listener* const here = listener_of(what.member())) here->settled();
}

void hall::join(const event& what, timestamp when) {
    const member_id id = what.member();
    const std::string name = what.room.value_or("");
    const auto at = places_.find(id);
    space* const before = at == places_.end() ? nullptr : at->second.in;
    const std::string nick = what.nick || before == nullptr
                                 ? what.nick.value_or("")
                                 : before->members.at(at->second.key).nick;
    if (nick.empty()) return refuse(what, refusal::bad_nick, "a first join needs a nickname");
    const std::string key = name_key(nick);

    space* const in = find_or_make_room(name);
    if (in == nullptr)
        return refuse(what, refusal::room_full,
                      "there are " + std::to_string(options_.max_rooms) + " rooms already");
    touch(*in, when);
    const auto holder = in->members.find(key);
    if (holder != in->members.end() && holder->second.id != id) {
        refuse(what, refusal::nick_taken, "somebody in this room has this nickname");
        return forget_if_unused(*in);
    }
    if (before == in) {
        if (nick != in->members.at(at->second.key).nick) rename(what);
        return welcome(what, in->members.at(places_.at(id).key), *in, true);
    }
    if (what.max_members.value_or(0) != 0 && in->members.size() >= *what.max_members) {
        refuse(what, refusal::room_full,
               "the room has " + std::to_string(in->members.size()) + " members already");
        return forget_if_unused(*in);
    }
    if (before != nullptr) leave(id, "moved");
    const person& who = in->members.emplace(key, person{nick, id, listener_of(id)}).first->second;
    empty_rooms_.erase({in->last_used, in->name});
    places_[id] = {in, key};
    welcome(what, who, *in);
    tell(*in, {{"type", "joined"}, {"nick", nick}, {"room", in->name}}, who.here);
}

void hall::say(const event& what, std::string_view text, timestamp when) {
    const member_id id = what.member();
    const auto at = places_.find(id);
    if (at == places_.end()) return refuse(what, refusal::not_joined, "join a room first");
    space& in = *at->second.in;
    json header{{"type", "said"},
                {"from", in.members.at(at->second.key).nick},
                {"room", in.name},
                {"seq", in.seq + 1},
                {"time", to_text(when)}};
    const auto message = encode_said(what, std::move(header), text);
    if (!message) return;
    const std::string_view frame = framing::as_text(message->bytes);
    if (options_.record && !options_.record(frame))
        return refuse(what, refusal::unavailable, "the server cannot keep messages now");
    ++in.seq;
    touch(in, when);
    archive_.keep(in.history, in.seq, std::string(frame));
    tell(in, *message);
}

void hall::say_to_one(const event& what, std::string_view text, timestamp when) {
    const auto at = places_.find(what.member());
    if (at == places_.end()) return refuse(what, refusal::not_joined, "join a room first");
    const space& in = *at->second.in;
    const std::string nick = what.nick.value_or("");
    const auto to = in.members.find(name_key(nick));
    if (to == in.members.end())
        return refuse(what, refusal::no_such_nick, "nobody in this room is called " + nick);
    const person& from = in.members.at(at->second.key);
    json header{{"type", "said"},
                {"from", from.nick},
                {"to", to->second.nick},
                {"room", in.name},
                {"time", to_text(when)}};
    const auto message = encode_said(what, std::move(header), text);
    if (!message) return;
    listener* const hears = to->second.here;
    if (from.here != nullptr) from.here->hear(*message);
    if (hears != nullptr && hears != from.here) hears->hear(*message);
}

void hall::rename(const event& what) {
    const member_id id = what.member();
    const auto at = places_.find(id);
    if (at == places_.end()) return refuse(what, refusal::not_joined, "join a room first");
    space& in = *at->second.in;
    const std::string nick = what.nick.value_or("");
    const std::string key = name_key(nick);
    const auto holder = in.members.find(key);
    if (holder != in.members.end() && holder->second.id != id)
        return refuse(what, refusal::nick_taken, "somebody in this room has this nickname");
    auto node = in.members.extract(at->second.key);
    const std::string before = std::exchange(node.mapped().nick, nick);
    node.key() = key;
    in.members.insert(std::move(node));
    at->second.key = key;
    tell(in, {{"type", "renamed"}, {"from", before}, {"nick", nick}, {"room", in.name}});
}

void hall::leave(const member_id& member, std::string_view reason) {
    const auto at = places_.find(member);
    if (at == places_.end()) return;
    space& in = *at->second.in;
    const std::string nick = in.members.at(at->second.key).nick;
    in.members.erase(at->second.key);
    places_.erase(at);
    if (in.members.empty()) empty_rooms_.emplace(in.last_used, in.name);
    tell(in, {{"type", "left"}, {"nick", nick}, {"room", in.name}, {"reason", reason}});
    forget_if_unused(in);
}

void hall::forget_server(const std::string& server) {
    std::vector<member_id> lost;
    for (const auto& [id, at] : places_)
        if (id.server == server) lost.push_back(id);
    std::ranges::sort(lost); // the same order everywhere
    for (const member_id& id : lost) leave(id, "timeout");
}

hall::space* hall::find_or_make_room(const std::string& name) {
    const auto known = rooms_.find(name);
    if (known != rooms_.end()) return &known->second;
    if (rooms_.size() >= options_.max_rooms) {
        // The one that nobody has used for longest makes room.
        if (empty_rooms_.empty()) return nullptr;
        space& oldest = rooms_.at(empty_rooms_.begin()->second);
        given_up_ = std::max(given_up_, oldest.seq);
        forget(oldest);
    }
    space& made = rooms_[name];
    made.name = name;
    made.first = made.seq = given_up_; // so that no number ever comes again
    empty_rooms_.emplace(made.last_used, name);
    return &made;
}

void hall::forget_if_unused(space& room) {
    if (room.members.empty() && room.seq == room.first) forget(room);
}

void hall::forget(space& room) {
    archive_.clear(room.history);
    empty_rooms_.erase({room.last_used, room.name});
    rooms_.erase(std::string(room.name));
}

void hall::touch(space& room, timestamp when) {
    if (empty_rooms_.erase({room.last_used, room.name}) != 0) empty_rooms_.emplace(when, room.name);
    room.last_used = when;
}

void hall::welcome(const event& what, const person& who, space& in, bool again) {
    if (who.here == nullptr) return;
    auto from = in.members.cbegin();
    json message{{"type", "welcome"}, {"nick", who.nick},
                 {"room", in.name},   {"members", names_of(in.members, from, options_.names_bytes)},
                 {"seq", in.seq},     {"private", true}}; // messages to one member are known here
    static_cast<void>(note_rest(message, in.members, from));
    who.here->complete(message);
    who.here->hear(encode(message));
    if (!again || what.since || what.history) replay(what, *who.here, in);
}

void hall::replay(const event& what, listener& to, const space& in) {
    const auto& kept = in.history.messages();
    auto first = kept.begin();
    if (what.since) {
        // Numbers beyond ours are of another life of this room, all of which is news.
        const std::uint64_t since = *what.since > in.seq ? 0 : *what.since;
        first = std::ranges::find_if(kept, [&](const auto& each) { return each.seq > since; });
        const std::uint64_t next = first == kept.end() ? in.seq + 1 : first->seq;
        if (since + 1 < next)
            to.hear(encode(
                {{"type", "gap"}, {"room", in.name}, {"from", since + 1}, {"to", next - 1}}));
    } else {
        const std::uint64_t wanted = what.history.value_or(options_.history);
        if (wanted < kept.size()) first = kept.end() - static_cast<std::ptrdiff_t>(wanted);
    }
    for (; first != kept.end(); ++first) to.hear(first->frame);
}

void hall::welcome_again(const member_id& member) {
    const auto at = places_.find(member);
    if (at == places_.end()) return;
    space& in = *at->second.in;
    welcome(event(), in.members.at(at->second.key), in, true);
}

std::optional<std::string> hall::tell_members(const member_id& member, const std::string& from) {
    listener* const here = listener_of(member);
    if (here == nullptr) return std::nullopt;
    const auto at = places_.find(member);
    if (at == places_.end()) {
        here->hear(encode(error(refusal::not_joined, "join a room first")));
        return std::nullopt;
    }
    const space& in = *at->second.in;
    auto next = in.members.lower_bound(name_key(from));
    json message{{"type", "members"},
                 {"room", in.name},
                 {"members", names_of(in.members, next, options_.names_bytes)}};
    const std::optional<std::string> rest = note_rest(message, in.members, next);
    here->hear(encode(message));
    return rest;
}

void hall::announce(const json& message) {
    const framing::shared_frames frame = encode(message);
    for (const auto& [id, here] : listeners_) here->hear(frame);
}

void hall::dismiss(const json& message) {
    announce(message);
    for (const auto& [id, here] : listeners_) here->dismissed();
}

bool hall::restore(const json& said, std::string frame) {
    const auto name = message::text_of(said, "room");
    const auto seq = message::size_of(said, "seq");
    if (message::text_of(said, "type") != "said" || !name || !is_name(*name) || !seq) return false;
    const bool known = rooms_.contains(*name);
    if (*seq == 0) return false;
    space* const in = find_or_make_room(*name);
    if (in == nullptr || (known && *seq <= in->seq)) return false;
    if (!known) in->first = *seq - 1;
    in->seq = *seq;
    touch(*in, timestamp(++restored_)); // before all that is to come, in their order
    archive_.keep(in->history, *seq, std::move(frame));
    return true;
}

std::set<std::string> hall::servers() const {
    std::set<std::string> result;
    for (const auto& [id, at] : places_) result.insert(id.server);
    return result;
}

json hall::snapshot() const {
    json result = json::array();
    for (const auto& [name, room] : rooms_) {
        json members = json::array();
        for (const auto& [key, who] : room.members)
            members.push_back(
                {{"nick", who.nick}, {"server", who.id.server}, {"number", who.id.number}});
        result.push_back({{"room", name},
                          {"seq", room.seq},
                          {"first", room.first},
                          {"last_used", room.last_used.count()},
                          {"members", std::move(members)}});
    }
    return {{"rooms", std::move(result)}, {"given_up", given_up_}};
}

void hall::load(const json& snapshot) {
    for (auto& [name, room] : rooms_) archive_.clear(room.history);
    rooms_.clear();
    empty_rooms_.clear();
    places_.clear();
    snapshot.at("given_up").get_to(given_up_);
    for (const json& each : snapshot.at("rooms")) {
        space& in = rooms_[each.at("room").get<std::string>()];
        each.at("room").get_to(in.name);
        each.at("first").get_to(in.first);
        each.at("seq").get_to(in.seq);
        in.last_used = timestamp(each.at("last_used").get<std::int64_t>());
        for (const json& member : each.at("members")) {
            const auto nick = member.at("nick").get<std::string>();
            const member_id id{member.at("server").get<std::string>(),
                               member.at("number").get<std::uint64_t>()};
            const std::string key = name_key(nick);
            in.members.emplace(key, person{nick, id, listener_of(id)});
            places_[id] = {&in, key};
        }
        if (in.members.empty()) empty_rooms_.emplace(in.last_used, in.name);
    }
}

framing::shared_frames hall::encode(const json& header, std::string_view body) {
    framing::shared_frames frame;
    if (const auto error = encoder_.encode(header, body, frame)) throw std::system_error(error);
    return frame;
}

std::optional<framing::shared_frames> hall::encode_said(const event& what, json header,
                                                        std::string_view text) {
    if (what.id) header["id"] = *what.id;
    framing::shared_frames message = encode(header, text);
    const std::size_t size = message.bytes.size();
    if (size <= options_.max_frame) return message;
    refuse(what, refusal::too_long,
           "the message would have " + std::to_string(size) + " bytes; the most is " +
               std::to_string(options_.max_frame));
    return std::nullopt;
}

listener* hall::listener_of(const member_id& member) const {
    const auto known = listeners_.find(member);
    return known == listeners_.end() ? nullptr : known->second;
}

void hall::refuse(const event& what, refusal code, std::string_view why) {
    if (listener* const here = listener_of(what.member()))
        here->hear(encode(error(code, why, what.id)));
}

void hall::tell(const space& in, const framing::shared_frames& message, const listener* except) {
    for (const auto& [key, who] : in.members)
        if (who.here != nullptr && who.here != except) who.here->hear(message);
}

} // namespace chat
