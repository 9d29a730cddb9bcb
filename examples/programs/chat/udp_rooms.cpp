// SPDX-License-Identifier: MIT
#include "chat/udp_rooms.hpp"

#include <framing/net/address.hpp>

#include "support/format.hpp"
#include "support/log.hpp"
#include "support/statistics.hpp"
#include "system/icmp.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

using nlohmann::json;

namespace chat {
namespace {

constexpr std::size_t amplification = 3; // bytes for one of a stranger
constexpr std::size_t names_bytes = 400; // in one datagram, beside the rest
constexpr std::size_t most_names = 64;   // of a member's messages, by which doubles are known

hall::options room_options() {
    hall::options options;
    options.history = options.kept.messages = 0; // what UDP loses stays lost
    options.names_bytes = names_bytes;
    options.max_frame = udp::socket::default_size;
    return options;
}

event join_event(const request::join& wanted, std::size_t max_members) {
    event what;
    what.type = "join";
    what.nick = wanted.nick;
    what.room = wanted.room;
    what.max_members = max_members;
    return what;
}

} // namespace

udp_rooms::udp_rooms(const udp_policy& policy)
    : policy_(policy), rooms_(room_options()), events_(rooms_), limits_(policy.rate, false) {}

void udp_rooms::take(udp::socket& socket, const udp::datagram& received) {
    const client_message message = parse(received.message.header);
    const udp::peer sender = udp::sender_of(socket, received);
    const auto known = members_.find(sender.address);
    if (known == members_.end()) return take_from_stranger(sender, message.asks, received.size);
    member& from = *known->second;
    if (secret::equal(message.key, from.key))
        return take_from_member(known, message, received.message.text());
    const auto* const again = std::get_if<request::join>(&message.asks);
    if (again != nullptr && again->cookie == from.cookie) { // that was lost, or the network doubles
        from.heard = clock::now();
        if (from.limit.charge(clock::now()) == rate_limit::verdict::pass)
            rooms_.welcome_again(from.id);
        return;
    }
    if (again != nullptr && cookies_.check(again->cookie, sender.address, clock::now())) {
        from.cookie = again->cookie; // who has lost its key has come back
        return take_from_member(known, message, received.message.text());
    }
    ++forged_;
    ++counted().dropped;
    if (again != nullptr) challenge(sender, received.size);
}

void udp_rooms::take_from_stranger(const udp::peer& who, const request::any& asks,
                                   std::size_t size) {
    if (const auto* const room = std::get_if<request::join>(&asks)) return admit(who, *room, size);
    const auto* const wrong = std::get_if<mistake>(&asks);
    const bool bad_join =
        wrong != nullptr && (wrong->code == refusal::bad_nick || wrong->code == refusal::bad_room);
    if (bad_join)
        send_to_stranger(short_error(wrong->code), who, amplification * size);
    else if (wrong == nullptr && !std::holds_alternative<request::answer>(asks) &&
             !std::holds_alternative<request::auth>(asks))
        send_to_stranger(short_error(refusal::not_joined), who, amplification * size);
}

void udp_rooms::admit(const udp::peer& who, const request::join& wanted, std::size_t size) {
    const std::size_t most = amplification * size;
    if (!wanted.nick) return send_to_stranger(short_error(refusal::bad_nick), who, most);
    const auto now = clock::now();
    if (!cookies_.check(wanted.cookie, who.address, now)) return challenge(who, size);
    if (const std::string why = crowded(who); !why.empty())
        return send(error(refusal::room_full, why), who);

    const std::string network = framing::net::network_of(who.address.address());
    rate_limits::taken limit = limits_.take(network, now);
    if (limit.charge(now) != rate_limit::verdict::pass)
        return send_to_stranger(short_error(refusal::rate_limited), who, most);
    auto made = std::make_unique<member>(*this, who, ++last_number_, std::move(limit), now);
    made->cookie = wanted.cookie;
    rooms_.attach(made->id, *made);
    submit(*made, join_event(wanted, policy_.max_members));
    if (!rooms_.has(made->id)) return rooms_.detach(made->id); // and it was told why
    logging::info("{} joined", framing::net::to_string(who.address));
    ++networks_[network];
    members_.emplace(who.address, std::move(made));
    ++counted().connections;
}

void udp_rooms::take_from_member(crowd::iterator who, const client_message& message,
                                 std::string_view text) {
    member& from = *who->second;
    const request::any& asks = message.asks;
    if (std::holds_alternative<request::answer>(asks)) return;
    from.heard = clock::now();
    from.is_unreachable = false;
    if (std::holds_alternative<request::quit>(asks)) {
        send({{"type", "bye"}}, from.where);
        return leave(who, "quit");
    }
    switch (from.limit.charge(from.heard)) {
    case rate_limit::verdict::pass:
    case rate_limit::verdict::slow: break;
    case rate_limit::verdict::refuse:
        return send(error(refusal::rate_limited,
                          fmt::format("more than {:g} messages a second: not said", policy_.rate),
                          message.id),
                    from.where);
    case rate_limit::verdict::drop:
        logging::warn("{} dropped: it says too much", framing::net::to_string(from.where.address));
        return leave(who, "flood");
    }
    if (const auto* const wrong = std::get_if<mistake>(&asks)) {
        send(error(wrong->code, wrong->why, message.id), from.where);
    } else if (std::holds_alternative<request::say>(asks)) {
        say(from, message, text);
    } else if (const auto* const one = std::get_if<request::tell>(&asks)) {
        say(from, message, text, one->nick);
    } else if (std::holds_alternative<request::ping>(asks)) {
        send({{"type", "pong"}}, from.where);
    } else if (const auto* const room = std::get_if<request::join>(&asks)) {
        from.said.clear(); // it may begin anew, or count for each room
        submit(from, join_event(*room, policy_.max_members));
    } else if (const auto* const nick = std::get_if<request::rename>(&asks)) {
        event what;
        what.type = "nick";
        what.nick = nick->nick;
        submit(from, what);
    } else if (const auto* const names = std::get_if<request::who>(&asks)) {
        static_cast<void>(rooms_.tell_members(from.id, names->from));
    } else {
        send(error(refusal::unknown_type, "no message of this type is known here"), from.where);
    }
}

void udp_rooms::say(member& who, const client_message& message, std::string_view text,
                    const std::optional<std::string>& to) {
    const std::optional<std::string>& id = message.id;
    if (const auto wrong = fault_of_text(text, text.size(), policy_.max_text))
        return send(error(wrong->code, wrong->why, id), who.where);
    event what;
    what.type = to ? "tell" : "say";
    what.nick = to;
    what.id = id;
    if (id) {
        if (std::ranges::find(who.said, *id) != who.said.end()) return; // the network doubled it
        who.said.push_back(*id);
        if (who.said.size() > most_names) who.said.pop_front();
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
    const std::string network = framing::net::network_of(gone->where.address.address());
    if (const auto count = networks_.find(network); --count->second == 0) networks_.erase(count);
    rooms_.detach(gone->id);
    event what;
    what.type = "leave";
    what.reason = reason;
    submit(*gone, what);
    logging::info("{} left: {}", framing::net::to_string(gone->where.address), reason);
}

void udp_rooms::take_icmp_errors(asio::ip::udp::socket& socket) {
    while (const auto refused = next_icmp_error(socket)) {
        const auto known = members_.find(refused->who);
        if (known != members_.end() && refused->why == std::errc::connection_refused)
            known->second->is_unreachable = true;
    }
}

void udp_rooms::look_after(clock::time_point now) {
    for (auto each = members_.begin(); each != members_.end();) {
        const auto here = each++;
        const auto silence = now - here->second->heard;
        if (here->second->is_unreachable && silence > policy_.silence * 2 / 3)
            leave(here, "closed");
        else if (silence > policy_.silence)
            leave(here, "timeout");
    }
}

void udp_rooms::say_goodbye() {
    rooms_.announce({{"type", "bye"}});
}

std::string udp_rooms::crowded(const udp::peer& who) const {
    if (policy_.connections != 0 && members_.size() >= policy_.connections)
        return fmt::format("the server has {} members already", members_.size());
    const auto count = networks_.find(framing::net::network_of(who.address.address()));
    if (policy_.per_address != 0 && count != networks_.end() &&
        count->second >= policy_.per_address)
        return fmt::format("{} members are at your address already", count->second);
    return {};
}

void udp_rooms::send(const framing::shared_frames& message, const udp::peer& to) {
    const std::error_code error = udp::send(to, message);
    // What the system says may be about an earlier datagram, to somebody else.
    if (error && error != asio::error::would_block) static_cast<void>(udp::send(to, message));
}

void udp_rooms::send(const json& message, const udp::peer& to) {
    send_to_stranger(message, to, SIZE_MAX);
}

void udp_rooms::send_to_stranger(const json& message, const udp::peer& to, std::size_t most) {
    auto frame = std::make_shared<std::string>();
    if (const auto error = encoder_.encode(message, {}, *frame)) throw std::system_error(error);
    if (frame->size() <= most) send(framing::shared_frame(std::move(frame)), to);
}

void udp_rooms::challenge(const udp::peer& who, std::size_t size) {
    send_to_stranger({{"type", "challenge"}, {"cookie", cookies_.make(who.address, clock::now())}},
                     who, amplification * size);
}

} // namespace chat
