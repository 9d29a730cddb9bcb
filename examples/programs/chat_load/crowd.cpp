// SPDX-License-Identifier: MIT
#include "chat_load/crowd.hpp"

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/wire.hpp>

#include "support/contact.hpp"
#include "support/secret.hpp"
#include "support/tasks.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat_load {
namespace {

constexpr std::size_t most_connecting = 64;  // at the same time
constexpr std::chrono::seconds patience{30}; // without anything of what is waited for
constexpr std::chrono::milliseconds quiet{200};
constexpr std::chrono::milliseconds show_every{250};
constexpr std::size_t beats = 30; // seconds, in which each member says once that it is there
constexpr std::string_view keep_alive_frame("\0\0\0\2{}", 6);

} // namespace

crowd::crowd(asio::any_io_executor executor, const plan& plan, progress show)
    : executor_(executor), plan_(plan), show_(std::move(show)), name_(secret::random_text(4)),
      text_(plan.size, 'x'), wake_(executor), members_(size()) {}

crowd::~crowd() {
    for (const auto& each : members_)
        if (each) each->leave();
}

asio::awaitable<void> crowd::join() {
    connect_more();
    co_await wait_for(connected_, "connected");
    // All at once, so that the server can tell many of them of many others in one go.
    for (const auto& each : members_) {
        frame_.clear();
        const nlohmann::json wish{{"type", "join"},
                                  {"nick", nick_of(each->number())},
                                  {"room", plan_.room},
                                  {"history", 0}};
        if (const auto bad = encoder_.encode(wish, "", frame_)) throw std::system_error(bad);
        each->send(frame_);
        each->listen();
    }
    co_await wait_for(joined_, "joined");
    first_ = 0;
    for (const auto& each : members_) first_ = std::max(first_, each->next);
}

asio::awaitable<void> crowd::settle() {
    while (!interrupted_ && clock::now() - now_ < quiet) co_await pause(now_ + quiet);
}

asio::awaitable<void> crowd::wait_for(const std::size_t& count, const char* what) {
    std::size_t before = 0;
    auto last_change = clock::now();
    while (count != size()) {
        doing_ = std::to_string(count) + " of " + std::to_string(size()) + ' ' + what;
        co_await pause(clock::time_point::max());
        if (interrupted_) throw contact::refused("interrupted");
        if (std::exchange(before, count) != count) last_change = clock::now();
        if (clock::now() - last_change > patience)
            throw contact::disconnected("the server lets nobody in any more: " + doing_);
    }
}

asio::awaitable<void> crowd::say_all(clock::time_point end, std::uint64_t most) {
    while (!over(end, most)) {
        while (tally_.sent - landed_ < plan_.window && !over(end, most)) say(clock::now());
        co_await pause(end);
    }
    co_await drain();
}

asio::awaitable<void> crowd::say_at(double rate, clock::time_point end, std::uint64_t most) {
    const auto start = clock::now();
    const auto time_of_next = [&] {
        const std::chrono::duration<double> after(static_cast<double>(tally_.sent) / rate);
        return start + std::chrono::duration_cast<clock::duration>(after);
    };
    while (!over(end, most)) {
        // Its time is when it was due: that we were late hides nothing.
        if (const auto due = time_of_next(); due <= clock::now())
            say(due);
        else
            co_await pause(std::min(due, end));
    }
    co_await drain();
}

asio::awaitable<void> crowd::hold(clock::time_point end) {
    while (!over(end, 0) && tally_.dropped != plan_.members) co_await pause(end);
}

void crowd::interrupt() {
    interrupted_ = true;
    wake_.wake();
}

void crowd::connect_more() {
    for (; begun_ != size() && begun_ - connected_ < most_connecting; ++begun_)
        tasks::spawn(executor_, connect(begun_));
}

asio::awaitable<void> crowd::connect(std::size_t number) {
    const auto where = framing::net::address::parse(plan_.servers[number % plan_.servers.size()]);
    std::error_code error;
    framing::net::stream_socket socket(executor_);
    try {
        socket = co_await framing::net::connect(executor_, where);
    } catch (const std::system_error& failure) {
        error = failure.code();
    }
    if (error)
        throw contact::disconnected("cannot connect member " + std::to_string(number + 1) + ": " +
                                    error.message());
    audience& us = *this; // which std::make_shared could not know
    members_[number] = std::make_shared<member>(number, us, std::move(socket));
    ++connected_;
    connect_more();
    if (connected_ == size()) wake_.wake();
}

void crowd::welcome(member& who, const framing::header_view& header) {
    who.next = header.find("seq").get<std::uint64_t>().value_or(0) + 1;
    ++joined_;
    if (is_stalled(who.number())) who.stall();
    if (all_joined()) wake_.wake();
}

void crowd::heard(member& by, const framing::header_view& header, std::size_t body_size) {
    const flight* const expected = flight_of(by.next);
    std::uint64_t seq = by.next;
    if (expected == nullptr || expected->header != header.text()) {
        if (by.next == 0 || header.find("type") != "said") return hear_other(by, header);
        header.find("seq").get_to(seq);
    }
    if (is_stalled(by.number())) return; // it had already read this when it stalled

    if (all_joined()) {
        ++tally_.deliveries;
        tally_.bytes += framing::prefix_size + header.text().size() + body_size;
        tally_.last_delivery = now_;
    }
    if (seq < by.next) {
        ++(seq + 1 == by.next ? tally_.duplicates : tally_.disordered);
        return;
    }
    for (; by.next != seq; ++by.next) {
        ++tally_.gaps;
        if (flight* const missed = flight_of(by.next)) land(*missed);
    }
    ++by.next;
    flight* const message = flight_of(seq);
    if (message == nullptr) return;
    if (message->header.empty()) {
        message->header = header.text();
        message->said = time_of(header);
    }
    if (message->said) tally_.times.add(now_ - *message->said);
    land(*message);
}

void crowd::hear_other(member& by, const framing::header_view& header) {
    const auto type = header.find("type");
    if (type == "welcome" && by.next == 0) {
        welcome(by, header);
    } else if (type == "error") {
        const auto why = header.find("message").get<std::string>().value_or("");
        throw contact::refused("the server refuses: " + why);
    } else if (type == "left" && by.number() == 0 && header.find("reason") == "too_slow") {
        for (std::size_t number = plan_.members; number != size(); ++number)
            if (header.find("nick") == nick_of(number)) ++tally_.stalled_dropped;
    }
}

void crowd::lost(member& who, const std::string& why) {
    if (!all_joined())
        throw contact::disconnected("member " + std::to_string(who.number() + 1) +
                                    " was lost before all had joined: " + why +
                                    " (as one does that does not allow so many: chat_server "
                                    "--connections 0 --per-address 0)");
    if (is_stalled(who.number())) return;
    ++tally_.dropped;
    for (std::uint64_t seq = who.next; seq < first_ + flights_.size(); ++seq) land(*flight_of(seq));
    wake_.wake();
}

crowd::flight* crowd::flight_of(std::uint64_t seq) {
    if (seq < first_) return nullptr;
    const std::size_t at = seq - first_;
    while (flights_.size() <= at) flights_.push_back({plan_.members - tally_.dropped, {}, {}});
    return &flights_[at];
}

void crowd::land(flight& message) {
    if (--message.listeners != 0) return;
    if (message.said) {
        ++landed_;
        wake_.wake();
    }
    for (; !flights_.empty() && flights_.front().listeners == 0; ++first_) flights_.pop_front();
}

std::optional<clock::time_point> crowd::time_of(const framing::header_view& header) const {
    const auto id = header.find("id").get<std::string>().value_or("");
    if (!id.starts_with(name_ + '-')) return std::nullopt;
    clock::rep time = 0;
    std::from_chars(id.data() + name_.size() + 1, id.data() + id.size(), time);
    return clock::time_point(clock::duration(time));
}

void crowd::say(clock::time_point when) {
    std::size_t tried = 0;
    do {
        if (tried++ == plan_.senders)
            throw contact::disconnected("the server has dropped all senders");
        next_sender_ = (next_sender_ + 1) % plan_.senders;
    } while (members_[next_sender_]->has_left());
    const auto id = name_ + '-' + std::to_string(when.time_since_epoch().count());
    frame_.clear();
    if (const auto bad = encoder_.encode({{"type", "say"}, {"id", id}}, text_, frame_))
        throw std::system_error(bad);
    members_[next_sender_]->send(frame_);
    ++tally_.sent;
}

bool crowd::over(clock::time_point end, std::uint64_t most) const {
    return interrupted_ || clock::now() >= end || (most != 0 && tally_.sent >= most);
}

asio::awaitable<void> crowd::drain() {
    const auto start = clock::now();
    while (landed_ != tally_.sent) {
        const auto patient_until = std::max(start, tally_.last_delivery) + patience;
        if (clock::now() >= patient_until) break;
        co_await pause(patient_until);
    }
    const std::size_t listeners = plan_.members - tally_.dropped;
    std::uint64_t heard_of = landed_;
    for (const flight& each : flights_) {
        if (!each.said) continue;
        ++heard_of;
        tally_.missing += each.listeners;
    }
    tally_.missing += (tally_.sent - heard_of) * listeners;
}

asio::awaitable<void> crowd::pause(clock::time_point until) {
    const auto now = clock::now();
    if (now >= next_keep_alive_) {
        next_keep_alive_ = now + std::chrono::seconds(1);
        keep_alive();
    }
    if (now >= next_show_) {
        next_show_ = now + show_every;
        show_(all_joined() ? std::to_string(tally_.deliveries) + " deliveries" : doing_);
    }
    const auto next = std::min({until, next_show_, next_keep_alive_});
    co_await wake_.sleep_until(next);
}

void crowd::keep_alive() {
    beat_ = (beat_ + 1) % beats;
    for (std::size_t number = beat_; number < members_.size(); number += beats)
        if (members_[number]) members_[number]->send(keep_alive_frame);
}

} // namespace chat_load
