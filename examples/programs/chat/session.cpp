// SPDX-License-Identifier: MIT
#include "chat/session.hpp"

#include <framing/net/error.hpp>
#include <framing/shared_frames.hpp>

#include "support/format.hpp"
#include "support/log.hpp"
#include "support/lookout.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

using asio::awaitable;
using nlohmann::json;

namespace chat {
namespace {

constexpr std::size_t most_in_a_row = 64;

std::uint64_t next_number() {
    static std::uint64_t last = 0;
    return ++last;
}

} // namespace

session::session(const service::client& client, const policy& policy, rate_limits& limits,
                 hall& rooms, journal& events)
    : peer_(client.peer), welcome_(client.welcome), policy_(policy), rooms_(rooms),
      events_(events), id_{events.server(), next_number()},
      limit_(limits.take(peer_.network(), rate_limit::clock::now())),
      settled_(peer_.get_executor()) {
    rooms_.attach(id_, *this);
}

session::~session() {
    rooms_.detach(id_);
}

awaitable<void> session::run() {
    std::exception_ptr failure;
    try {
        co_await serve();
    } catch (...) {
        failure = std::current_exception();
    }
    limit_.reset();
    if (submitted_ != 0) {
        event what;
        what.type = "leave";
        what.reason = reason_.empty() ? reason_of_failure() : reason_;
        submit(what);
        if (!failure) co_await settle();
    }
    if (reason_ == "quit" && !peer_.stopped()) post({{"type", "bye"}});
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> session::serve() {
    // What has come in one piece is heard in one go, so that what it leads to leaves in one go.
    for (std::size_t taken = 0; reason_.empty(); ++taken) {
        const auto* head = taken % most_in_a_row == 0 ? nullptr : peer_.try_read_head();
        if (head == nullptr) head = co_await peer_.read_head();
        if (head == nullptr) co_return;
        const std::uint64_t announced = head->body_size;
        client_message message = parse(head->header);
        message_id_ = std::move(message.id);
        const std::uint64_t size = co_await read_text();
        if (size != announced) co_return; // the server stops, and the rest is not read any more
        if (co_await admit()) co_await handle(message.asks, size);
        // Who does not read the answers is not heard either: memory is bounded.
        if (reason_.empty() && !peer_.has_room()) co_await peer_.room();
    }
}

awaitable<std::uint64_t> session::read_text() {
    text_.clear();
    tasks::alarm limit(peer_.get_executor());
    bool waits = false;
    std::uint64_t size = 0;
    while (true) {
        auto piece = peer_.try_read_body();
        if (!piece && !std::exchange(waits, true) && policy_.text_time.count() != 0)
            limit.set(policy_.text_time,
                      [this] { peer_.abort(framing::net::errc::frame_timeout); });
        if (!piece) piece = co_await peer_.read_body();
        if (piece->empty()) co_return size;
        size += piece->size();
        const std::size_t room = policy_.max_text - std::min(policy_.max_text, text_.size());
        text_.append(reinterpret_cast<const char*>(piece->data()), std::min(piece->size(), room));
    }
}

awaitable<bool> session::admit() {
    switch (limit_->charge(rate_limit::clock::now())) {
    case rate_limit::verdict::pass: break;
    case rate_limit::verdict::slow:
        co_await hold_back(limit_->wait());
        if (peer_.failure()) end(reason_of_failure());
        co_return !peer_.failure();
    case rate_limit::verdict::refuse:
        refuse(refusal::rate_limited,
               fmt::format("more than {:g} messages a second: not said", policy_.rate));
        co_return false;
    case rate_limit::verdict::drop:
        refuse(refusal::rate_limited, "too many messages, again and again");
        logging::warn("{} dropped: it says too much", peer_.name());
        end("flood");
        co_return false;
    }
    co_return true;
}

awaitable<void> session::hold_back(tasks::clock::duration time) {
    const auto end = tasks::clock::now() + time;
    tasks::sleeper held(peer_.get_executor());
    const lookout watch(peer_, [&held] { held.wake(); });
    while (!peer_.failure() && tasks::clock::now() < end) co_await held.sleep_until(end);
}

awaitable<void> session::handle(const request::any& asks, std::uint64_t size) {
    if (const auto* const wrong = std::get_if<mistake>(&asks))
        refuse(wrong->code, wrong->why);
    else if (std::holds_alternative<request::say>(asks))
        say(size);
    else if (const auto* const one = std::get_if<request::tell>(&asks))
        say(size, one->nick);
    else if (const auto* const room = std::get_if<request::join>(&asks))
        join(*room);
    else if (const auto* const nick = std::get_if<request::rename>(&asks))
        rename(*nick);
    else if (const auto* const names = std::get_if<request::who>(&asks))
        co_await who(names->from);
    else if (std::holds_alternative<request::quit>(asks))
        end("quit");
    else if (std::holds_alternative<request::auth>(asks) && !welcome_.is_null())
        post(std::exchange(welcome_, nullptr));
    else
        refuse(refusal::unknown_type, "no message of this type is known here");
}

void session::join(const request::join& wanted) {
    if (submitted_ == 0 && !wanted.nick)
        return refuse(refusal::bad_nick, "a first join needs a nickname");
    if (!events_.available())
        return refuse(refusal::unavailable, "the server's store is away; try again later");
    event what;
    what.type = "join";
    what.nick = wanted.nick;
    what.room = wanted.room;
    what.max_members = policy_.max_members;
    what.since = wanted.since;
    what.history = wanted.history;
    submit(what);
}

void session::say(std::uint64_t size, const std::optional<std::string>& to) {
    if (submitted_ == 0) return refuse(refusal::not_joined, "join a room first");
    if (const auto wrong = fault_of_text(text_, size, policy_.max_text))
        return refuse(wrong->code, wrong->why);
    event what;
    what.type = to ? "tell" : "say";
    what.nick = to;
    what.id = message_id_;
    submit(what, text_);
}

void session::rename(const request::rename& wanted) {
    if (submitted_ == 0) return refuse(refusal::not_joined, "join a room first");
    event what;
    what.type = "nick";
    what.nick = wanted.nick;
    submit(what);
}

awaitable<void> session::who(std::string from) {
    co_await settle();
    std::optional<std::string> next = std::move(from);
    while ((next = rooms_.tell_members(id_, *next))) co_await peer_.room();
}

void session::submit(event what, std::string_view text) {
    what.server = id_.server;
    what.number = id_.number;
    ++submitted_;
    if (events_.submit(what, text)) return;
    --submitted_;
    refuse(refusal::unavailable, "the server waits for its store; nothing more can wait with it");
}

awaitable<void> session::settle() {
    const auto start = std::chrono::steady_clock::now();
    while (happened_ != submitted_ && !peer_.failure()) {
        const auto waited = std::chrono::steady_clock::now() - start;
        if (waited > longest_goodbye && (peer_.stopped() || !reason_.empty())) co_return;
        co_await settled_.sleep_for(look_again);
    }
}

void session::settled() {
    if (++happened_ == submitted_) settled_.wake();
}

void session::dismissed() {
    end("closed");
    peer_.stop();
}

void session::hear(const framing::shared_frames& message) {
    if (peer_.stopped() || peer_.failure()) return;
    std::error_code error;
    try {
        error = peer_.post(message);
    } catch (const std::bad_alloc&) {
        error = std::make_error_code(std::errc::not_enough_memory); // the others hear it
    }
    if (error) drop();
}

void session::post(const json& message) {
    if (!peer_.failure() && peer_.post(message)) drop();
}

void session::drop() {
    logging::warn("{} reads too slowly: dropped with {} bytes unread", peer_.name(),
                  peer_.queued());
    end("too_slow");
    peer_.abort();
}

void session::refuse(refusal code, std::string_view why) {
    post(error(code, why, message_id_));
}

void session::end(std::string_view reason) {
    if (reason_.empty()) reason_ = reason;
}

std::string session::reason_of_failure() const {
    using framing::net::errc;
    const std::error_code failure = peer_.failure();
    if (failure == errc::silent_peer || failure == errc::frame_timeout) return "timeout";
    if (failure == errc::write_stalled) return "too_slow";
    return "closed";
}

} // namespace chat
