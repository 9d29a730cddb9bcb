// SPDX-License-Identifier: MIT
#include "support/gatekeeper.hpp"

#include <framing/net/address.hpp>

#include "support/log.hpp"
#include "support/message.hpp"
#include "support/secret.hpp"
#include "support/statistics.hpp"
#include "support/tasks.hpp"
#include "support/tls.hpp"
#include "support/transport.hpp"
#include "system/local_user.hpp"
#include "system/own_user.hpp"
#include "system/peer_end.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace {

/// Whether it says no more, and so does not wait for an answer.
bool has_gone(connection& peer) {
    return peer.failure() || has_ended(peer.stream().lowest_layer());
}

void refuse(connection& peer, const std::string& why) {
    ++counted().refused;
    logging::warn_about(peer.name(), "refused: " + why);
    static_cast<void>(peer.post(message::error("unauthorized", why)));
}

/// Waits so long, or until the peer has gone. What it says meanwhile is not heard.
asio::awaitable<void> make_wait(connection& peer, std::chrono::seconds time) {
    tasks::alarm alarm(peer.get_executor());
    alarm.set(time, [&peer] { peer.stop(); });
    std::error_code error;
    while (!error && co_await peer.read(error) != nullptr) {
    }
}

} // namespace

gatekeeper::gatekeeper(std::string token, nlohmann::json welcome, bool trusts_own_user)
    : token_(std::move(token)), welcome_(std::move(welcome)), trusts_own_user_(trusts_own_user) {}

asio::awaitable<std::optional<std::string>> gatekeeper::let_in(connection& peer) {
    const bool is_near = peer.name().starts_with(framing::net::address::unix_prefix);
    std::optional<user_id> user;
    if (is_near || trusts_own_user_) user = local_user_of(peer.stream().lowest_layer());
    if (is_near && user != own_user() && user != superuser) {
        refuse(peer, "user " + (user ? std::to_string(*user) : "unknown") +
                         " is not the one who runs this server");
        co_return std::nullopt;
    }
    const std::string certificate = tls::peer_name(peer.stream());
    if (!certificate.empty()) co_return "certificate " + message::escaped(certificate);
    if (token_.empty()) co_return "nothing";
    if (trusts_own_user_ && user == own_user()) co_return "user " + std::to_string(*user);

    const auto* const first = co_await peer.read();
    if (first == nullptr) co_return std::nullopt;
    if (first->header.find("type") != "auth") {
        refuse(peer, "the first message has to be an auth with the token");
        co_return std::nullopt;
    }
    const std::string shown = message::text_of(first->header, "token").value_or("");
    const std::string& network = peer.network();
    if (!co_await take_turn(peer)) co_return std::nullopt;
    if (!secret::equal(shown, token_)) {
        const std::chrono::seconds pause = pause_of(network);
        remember_failure(network);
        if (pause.count() != 0) co_await make_wait(peer, pause);
        refuse(peer, "wrong token");
        co_return std::nullopt;
    }
    failures_.erase(network);
    if (const auto error = peer.post(welcome_)) throw std::system_error(error);
    co_return by_token;
}

asio::awaitable<bool> gatekeeper::take_turn(connection& peer) {
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        const auto known = failures_.find(peer.network());
        if (known == failures_.end() || known->second.count < free_tries) co_return true;
        failures& of_it = known->second;
        if (of_it.next_turn <= now) {
            of_it.next_turn = now + turn;
            co_return true;
        }
        co_await tasks::pause(of_it.next_turn - now);
        if (has_gone(peer)) co_return false;
    }
}

std::chrono::seconds gatekeeper::pause_of(const std::string& network) const {
    const auto known = failures_.find(network);
    if (known == failures_.end() || known->second.count < free_tries) return {};
    const std::size_t doublings = std::min<std::size_t>(known->second.count - free_tries, 8);
    return std::min(longest_pause, std::chrono::seconds(1 << doublings));
}

void gatekeeper::remember_failure(const std::string& network) {
    const auto now = std::chrono::steady_clock::now();
    if (failures_.size() >= most_remembered)
        std::erase_if(failures_, [&](const auto& each) { return now - each.second.last > memory; });
    if (failures_.size() >= most_remembered) failures_.clear();
    failures& of_it = failures_[network];
    if (now - of_it.last > memory) of_it.count = 0;
    ++of_it.count;
    of_it.last = now;
}
