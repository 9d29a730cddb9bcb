// SPDX-License-Identifier: MIT
#pragma once

#include "chat/sequence.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace chat {

/// What a client knows of its room, and what it still has to say, over any number of connections.
/// Does no I/O.
///
/// One message is under way at a time, until it comes back: nothing is lost, doubled or said in
/// another order when a connection breaks or the server asks for patience.
class conversation {
public:
    /// `name`: what begins the names of its messages, unlike those of all other clients. `replays`:
    /// whether the server says again what was missed.
    conversation(std::string nick, std::string room, std::string name, bool replays = true);

    /// The message that begins a connection. `history`: what is asked for the first time.
    [[nodiscard]] nlohmann::json join(std::optional<std::uint64_t> history) const;

    /// How the user wants to be called by a server that is not there.
    void want_nick(const std::string& nick);

    /// Something to be said, to all where `to` is nobody. Returns: false where too much waits
    /// already.
    [[nodiscard]] bool say(std::string text, std::string to = {});

    struct message {
        std::string id;
        std::string text;
        std::string to;
        bool was_under_way = false; // when a connection broke: it may have been heard
    };
    /// What is for one member, at a server that would tell it to all: it will not be said.
    /// Returns: nothing where the next can be said.
    [[nodiscard]] std::optional<message> take_unsayable();

    /// What is to be said now; it is then under way.
    [[nodiscard]] const message* next();

    /// What a message of the server comes to.
    struct outcome {
        bool is_news = true;                // the user does not know it yet
        std::chrono::milliseconds pause{0}; // for which nothing should be said: it was too much
        std::optional<message> refused;     // what will not be said
    };
    /// Takes a message of the server in. What it says besides is given to `tell`: messages
    /// that did not come, came twice or late.
    outcome take(const nlohmann::json& header, const std::function<void(nlohmann::json)>& tell);

    /// What is under way does not come back any more.
    void give_up();

    /// Whether a message is meant for us: for nobody else, or it names us, and is no old one that a
    /// newcomer is told.
    [[nodiscard]] bool calls_us(const nlohmann::json& header, std::string_view text) const;

    /// The connection has ended: what was under way is so no more.
    void disconnected();

    [[nodiscard]] bool is_joined() const { return joined_; }
    /// Whether it has ever been.
    [[nodiscard]] bool was_joined() const { return was_joined_; }
    /// Whether a message is awaited to come back.
    [[nodiscard]] bool under_way() const { return under_way_; }
    /// Whether all was said that was to be said.
    [[nodiscard]] bool is_done() const { return waiting_.empty(); }
    /// What has not come back yet, first what is under way or will be next.
    [[nodiscard]] const std::deque<message>& waiting() const { return waiting_; }
    [[nodiscard]] const std::string& nick() const { return nick_; }
    [[nodiscard]] const std::set<std::string>& members() const { return members_; }

private:
    static constexpr std::size_t most_waiting = 1000;
    static constexpr std::size_t most_remembered = 64;         // names of messages to us alone
    static constexpr std::chrono::milliseconds patience{2500}; // which fills the server's bucket

    using teller = std::function<void(nlohmann::json)>;

    void welcome(const nlohmann::json& header, const teller& tell);
    /// Returns: whether it is news, as is what `said_to_one` returns.
    bool said(const nlohmann::json& header, const teller& tell);
    bool said_to_one(const nlohmann::json& header);
    void came_back(const nlohmann::json& header);
    void tell_of(const char* what, std::uint64_t from, std::uint64_t to, const teller& tell) const;
    outcome refused(const nlohmann::json& header);

    std::string nick_;
    std::string room_;
    std::string name_;
    std::uint64_t number_ = 0;
    std::deque<message> waiting_;
    bool replays_;
    bool under_way_ = false;
    bool is_postponed_ = false;  // the first that waits, as the server cannot keep it now
    bool keeps_secrets_ = false; // the server: what is for one member is told to that one only
    bool joined_ = false;
    bool was_joined_ = false;
    std::uint64_t replay_end_ = 0; // the last message from before this connection
    std::uint64_t past_end_ = 0;   // the last one that a newcomer is told of the past
    bool fresh_ = false;           // nothing was heard in this room yet
    sequence sequence_;
    std::set<std::string> members_;
    std::deque<std::string> heard_alone_; // the last names of messages to us alone
};

} // namespace chat
