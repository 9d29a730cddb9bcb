// SPDX-License-Identifier: MIT
#pragma once

#include "support/connection.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

/// Lets those in who can show who they are. Nothing but `auth` is understood before.
class gatekeeper {
public:
    /// `token`: what a client has to know, unless its certificate was checked; empty: nothing.
    /// `trusts_own_user`: nor one that runs on this machine as the same user.
    gatekeeper(std::string token, nlohmann::json welcome, bool trusts_own_user);

    /// What `let_in` says of who has shown the token, and so was welcomed.
    static constexpr const char* by_token = "token";

    [[nodiscard]] const nlohmann::json& welcome() const { return welcome_; }

    /// Returns: how the client has shown who it is; nothing for one that is to be sent away, and
    /// has been told.
    asio::awaitable<std::optional<std::string>> let_in(connection& peer);

private:
    /// After so many wrong tokens from an address the next is refused after a pause, and ever
    /// longer. The right one is not made to wait, but for its turn: tokens from there are then
    /// looked at one after the other, so that who hangs up to try again gains nothing.
    static constexpr std::size_t free_tries = 3;
    static constexpr std::chrono::milliseconds turn{50};
    static constexpr std::chrono::seconds longest_pause{8};
    static constexpr std::chrono::minutes memory{10};
    static constexpr std::size_t most_remembered = 65536;

    struct failures {
        std::size_t count = 0;
        std::chrono::steady_clock::time_point last;
        std::chrono::steady_clock::time_point next_turn;
    };

    /// Waits until a token from there may be looked at. Returns: false where the peer has gone.
    asio::awaitable<bool> take_turn(connection& peer);
    [[nodiscard]] std::chrono::seconds pause_of(const std::string& network) const;
    void remember_failure(const std::string& network);

    std::string token_;
    nlohmann::json welcome_;
    bool trusts_own_user_;
    std::map<std::string, failures> failures_; // by network
};
