// SPDX-License-Identifier: MIT
#include "chat/udp_rooms.hpp"

#include <framing/net/address.hpp>

#include "chat/icmp.hpp"
#include "chat/names.hpp"
#include "support/format.hpp"
#include "support/log.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

using message::text_of;
using nlohmann::json;

namespace chat {
namespace {

constexpr std::size_t amplification = 3; // bytes for one of a stranger
constexpr std::size_t names_bytes = 400; // in one datagram, beside the rest
constexpr std::size_t most_names = 64;   // of a member's messages, by which doubles are known

hall::options room_options() {
    hall::options options;
    options.history = options.keep = 0; // what UDP loses stays lost
    options.names_bytes = names_bytes;
    options.max_frame = udp::socket::default_size;
    return options;
}

json short_error(const char* code) {
    return {{"type", "error"}, {"code", code}};
}

/// Messages that are answers. To answer one could go on for ever.
bool is_answer(const std::string& type) {
    static const std::set<std::string> answers{"bye",  "challenge", "error", "joined",
                                               "left", "members",   "pong",  "renamed",
                                               "said", "welcome"};
    return answers.contains(type);
}

event join_event(const json& header, std::size_t max_members) {
    event what;
    what.type = "join";
    what.nick = text_of(header, "nick");
    what.room = header.contains("room") ? text_of(header, "room") : "lobby";
    what.max_members = max_members;
    return what;
}

/// What is wrong with a join; nullptr where it is well formed.
const char* fault_of(const event& join) {
    if (!join.nick || !is_name(*join.nick)) return "bad_nick";
    if (!join.room || !is_name(*join.room)) return "bad_room";
    return nullptr;
}

} // namespace

udp_rooms::udp_rooms(udp::socket& socket, const udp_policy& policy)
    : socket_(socket), policy_(policy), rooms_(room_options()), events_(rooms_),
      limits_(policy.rate, false) {}

void udp_rooms::take(const udp::datagram& received) {
    const json& header = received.message.header;
    const auto known = members_.find(received.sender);
    if (known != members_.end())
        take_from_member(known, header, received.message.text());
    else
        take_from_stranger(received.sender, header, received.size);
}

void udp_rooms::take_from_stranger(const endpoint& who, const json& header, std::size_t size) {
    static const std::set<std::string> for_members{"say", "nick", "who", "ping", "quit"};
    const std::string type = text_of(header, "type").value_or("");
    const std::size_t most = amplification * size;
    if (for_members.contains(type)) return send_to_stranger(short_error("not_joined"), who, most);
    if (type != "join") return;
    const event what = join_event(header, policy_.max_members);
    if (const char* const fault = fault_of(what))
        return send_to_stranger(short_error(fault), who, most);
    const auto now = clock::now();
    const std::string cookie = text_of(header, "cookie").value_or("");
    if (!cookies_.check(cookie, who, now))
        return send_to_stranger({{"type", "challenge"}, {"cookie", cookies_.make(who, now)}}, who,
                                most);
    if (const std::string why = crowded(who); !why.empty())
        return send(message::error("room_full", why), who);

    const std::string network = framing::net::network_of(who.address());
    rate_limit limit = limits_.take(network, now);
    if (limit.charge(now) != rate_limit::verdict::pass) {
        limits_.give_back(network, limit, now);
        return send_to_stranger(short_error("rate_limited"), who, most);
    }
    auto made = std::make_unique<member>(*this, who, ++last_number_, limit, now);
    rooms_.attach(made->id, *made);
    submit(*made, what);
    if (!rooms_.has(made->id)) { // and it was told why
        limits_.give_back(network, limit, now);
        return rooms_.detach(made->id);
    }
    logging::info("{} joined", framing::net::to_string(who));
    ++networks_[network];
    members_.emplace(who, std::move(made));
}

void udp_rooms::take_from_member(crowd::iterator who, const json& header, std::string_view text) {
    member& from = *who->second;
    const std::string type = text_of(header, "type").value_or("");
    if (header.empty()) return void(from.heard = clock::now()); // a keep-alive
    if (is_answer(type)) return;
    from.heard = clock::now();
    switch (from.limit.charge(from.heard)) {
    case rate_limit::verdict::pass:
    case rate_limit::verdict::slow: break;
    case rate_limit::verdict::refuse: {
        json answer =
            message::error("rate_limited",
                           fmt::format("more than {:g} messages a second: not said", policy_.rate));
        if (const auto id = text_of(header, "id"); id && id->size() <= longest_id)
            answer["id"] = *id;
        return send(answer, from.where);
    }
    case rate_limit::verdict::drop:
        logging::warn("{} dropped: it says too much", framing::net::to_string(from.where));
        return leave(who, "flood");
    }
    if (type == "say") {
        say(from, header, text);
    } else if (type == "ping") {
        send({{"type", "pong"}}, from.where);
    } else if (type == "join") {
        join(from, header);
    } else if (type == "nick") {
        event what;
        what.type = "nick";
        what.nick = text_of(header, "nick");
        if (!what.nick || !is_name(*what.nick)) return send(short_error("bad_nick"), from.where);
        submit(from, what);
    } else if (type == "who") {
        std::optional<std::string> next = std::string();
        while ((next = rooms_.tell_members(from.id, *next))) {
        }
    } else if (type == "quit") {
        send({{"type", "bye"}}, from.where);
        leave(who, "quit");
    } else {
        send(message::error(type.empty() ? "bad_request" : "unknown_type",
                            "no message of this type is known"),
             from.where);
    }
}

/// Also the repetition of a join whose welcome was lost: the rooms welcome who is there already.
void udp_rooms::join(member& who, const json& header) {
    event what = join_event(header, policy_.max_members);
    if (!header.contains("nick")) what.nick.reset();
    const char* const fault = header.contains("nick") ? fault_of(what) : nullptr;
    if (fault != nullptr || !what.room || !is_name(*what.room))
        return send(short_error(fault != nullptr ? fault : "bad_room"), who.where);
    submit(who, what);
}

void udp_rooms::say(member& who, const json& header, std::string_view text) {
    const auto id = text_of(header, "id");
    const auto refuse = [&](const char* code, const std::string& why) {
        json answer = message::error(code, why);
        if (id && id->size() <= longest_id) answer["id"] = *id;
        send(answer, who.where);
    };
    if (text.empty()) return refuse("bad_text", "there is no text");
    if (text.size() > policy_.max_text)
        return refuse("too_long", fmt::format("the text has {} bytes; the most is {}", text.size(),
                                              policy_.max_text));
    if (!is_utf8(text)) return refuse("bad_text", "the text is not UTF-8");
    event what;
    what.type = "say";
    if (id && id->size() <= longest_id) {
        if (std::ranges::find(who.said, *id) != who.said.end()) return; // the network doubled it
        who.said.push_back(*id);
        if (who.said.size() > most_names) who.said.pop_front();
        what.id = id;
    }
    submit(who, what, text);
}

void udp_rooms::submit(const member& who, event what, std::string_view text) {
    what.number = who.id.number;
    static_cast<void>(events_.submit(what, text)); // nothing waits here
}

void udp_rooms::leave(crowd::iterator who, const char* reason) {
    const std::unique_ptr<member> gone = std::move(who->second);
    members_.erase(who);
    const std::string network = framing::net::network_of(gone->where.address());
    if (const auto count = networks_.find(network); --count->second == 0) networks_.erase(count);
    limits_.give_back(network, gone->limit, clock::now());
    rooms_.detach(gone->id);
    event what;
    what.type = "leave";
    what.reason = reason;
    submit(*gone, what);
    logging::info("{} left: {}", framing::net::to_string(gone->where), reason);
}

void udp_rooms::take_refusals() {
    while (const auto refused = next_refusal(socket_.socket())) {
        const auto known = members_.find(refused->who);
        const bool nobody_there = refused->why == std::errc::connection_refused ||
                                  refused->why == std::errc::host_unreachable ||
                                  refused->why == std::errc::network_unreachable;
        if (known != members_.end() && nobody_there) leave(known, "closed");
    }
}

void udp_rooms::look_after(clock::time_point now) {
    for (auto each = members_.begin(); each != members_.end();) {
        const auto here = each++;
        if (now - here->second->heard > policy_.silence) leave(here, "timeout");
    }
}

void udp_rooms::say_goodbye() {
    rooms_.announce({{"type", "bye"}});
}

std::string udp_rooms::crowded(const endpoint& who) const {
    if (policy_.connections != 0 && members_.size() >= policy_.connections)
        return fmt::format("the server has {} members already", members_.size());
    const auto count = networks_.find(framing::net::network_of(who.address()));
    if (policy_.per_address != 0 && count != networks_.end() &&
        count->second >= policy_.per_address)
        return fmt::format("{} members are at your address already", count->second);
    return {};
}

void udp_rooms::send(const framing::shared_frames& message, const endpoint& to) {
    const std::error_code error = socket_.send(message, to);
    // What the system says may be about an earlier datagram, to somebody else.
    if (error && error != asio::error::would_block) static_cast<void>(socket_.send(message, to));
}

void udp_rooms::send(const json& message, const endpoint& to) {
    send_to_stranger(message, to, SIZE_MAX);
}

void udp_rooms::send_to_stranger(const json& message, const endpoint& to, std::size_t most) {
    auto frame = std::make_shared<std::string>();
    if (const auto error = encoder_.encode(message, {}, *frame)) throw std::system_error(error);
    if (frame->size() <= most) send(framing::shared_frame(std::move(frame)), to);
}

} // namespace chat
