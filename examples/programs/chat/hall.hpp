// SPDX-License-Identifier: MIT
#pragma once

#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include "chat/archive.hpp"
#include "chat/event.hpp"
#include "chat/request.hpp"
#include "support/timestamp.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace chat {

/// A member that is connected here.
class listener {
public:
    /// What it is told: one frame, which all who are told it share.
    virtual void hear(const framing::shared_frames& message) = 0;

    /// Adds to its welcome what nobody else is to know.
    virtual void complete(nlohmann::json& /*welcome*/) {}

    /// An event of its own has had its turn.
    virtual void settled() {}

    /// It has to go.
    virtual void dismissed() {}

protected:
    ~listener() = default;
};

/// All rooms, as a function of the events so far. Does no I/O and knows no clock: whoever has the
/// same events in the same order has the same rooms, the same members and the same numbers.
///
/// Listeners must not call back.
class hall {
public:
    struct options {
        std::size_t history = 0;             // messages that a newcomer is told
        archive::limits kept;                // for replays
        std::size_t names_bytes = 32 * 1024; // of names in one message
        std::size_t max_frame = SIZE_MAX;    // a message that gets larger is too long
        std::size_t max_rooms = 10'000;

        /// Keeps a message before anyone hears it. Returns: false if it cannot.
        std::function<bool(std::string_view frame)> record;
    };

    hall() : hall(options{}) {}
    explicit hall(options chosen) : options_(std::move(chosen)), archive_(options_.kept) {}

    /// Tells a listener what `member` is to hear, until `detach`.
    void attach(const member_id& member, listener& here);
    void detach(const member_id& member);

    /// Lets an event happen, and tells all whom it concerns.
    void apply(const event& what, std::string_view text, timestamp when);

    /// Tells a member who is in its room, as many as one message names, beginning with the nickname
    /// `from`. Returns: where to go on; nothing after the last.
    std::optional<std::string> tell_members(const member_id& member, const std::string& from = {});

    /// Tells a member once more what it was told when it joined its room.
    void welcome_again(const member_id& member);

    /// Tells all who are connected here.
    void announce(const nlohmann::json& message);

    /// Tells all who are connected here why they have to go.
    void dismiss(const nlohmann::json& message);

    /// Takes a `said` of former times back into its room.
    /// Returns: false if it is none.
    bool restore(const nlohmann::json& said, std::string frame);

    /// The servers that have members in rooms.
    [[nodiscard]] std::set<std::string> servers() const;

    /// The rooms and members, without what was said, and back.
    [[nodiscard]] nlohmann::json snapshot() const;
    /// Throws: nlohmann::json::exception for what is no snapshot.
    void load(const nlohmann::json& snapshot);

    /// Whether it is in a room.
    [[nodiscard]] bool has(const member_id& member) const { return places_.contains(member); }
    [[nodiscard]] std::size_t members() const { return places_.size(); }
    [[nodiscard]] std::size_t rooms() const { return rooms_.size(); }

private:
    struct person {
        std::string nick;
        member_id id;
        listener* here = nullptr; // nullptr for who is connected to another server
    };
    struct space {
        std::string name;
        std::uint64_t first = 0; // what `seq` was before anything was said
        std::uint64_t seq = 0;   // the last one used
        timestamp last_used{0};
        std::map<std::string, person> members; // by name_key
        archive::shelf history;
    };
    struct place {
        space* in = nullptr;
        std::string key; // of the member there
    };

    struct id_hash {
        std::size_t operator()(const member_id& id) const {
            return std::hash<std::string>()(id.server) ^ (id.number * 0x9e3779b97f4a7c15u);
        }
    };

    void join(const event& what, timestamp when);
    void say(const event& what, std::string_view text, timestamp when);
    void say_to_one(const event& what, std::string_view text, timestamp when);
    void rename(const event& what);
    void leave(const member_id& member, std::string_view reason);
    void forget_server(const std::string& server);

    /// The room of that name, new if need be; nullptr where there are too many.
    space* find_or_make_room(const std::string& name);
    void forget_if_unused(space& room);
    void forget(space& room);
    /// Notes that it is of use to somebody.
    void touch(space& room, timestamp when);

    /// `again`: it is there already.
    void welcome(const event& what, const person& who, space& in, bool again = false);
    void replay(const event& what, listener& to, const space& in);

    [[nodiscard]] framing::shared_frames encode(const nlohmann::json& header,
                                                std::string_view body = {});
    /// A `said`, which is as long as it may be.
    /// Returns: nothing where it would be longer, which is answered.
    [[nodiscard]] std::optional<framing::shared_frames>
    encode_said(const event& what, nlohmann::json header, std::string_view text);
    [[nodiscard]] listener* listener_of(const member_id& member) const;
    /// Answers an event that cannot be.
    void refuse(const event& what, refusal code, std::string_view why);
    /// Tells all in a room, but `except`.
    void tell(const space& in, const framing::shared_frames& message,
              const listener* except = nullptr);
    void tell(const space& in, const nlohmann::json& message, const listener* except = nullptr) {
        tell(in, encode(message), except);
    }

    options options_;
    framing::broadcast_encoder<> encoder_;
    std::uint64_t given_up_ = 0; // the largest number of rooms that are no more
    std::int64_t restored_ = 0;  // messages
    archive archive_;
    std::map<std::string, space> rooms_;
    std::set<std::pair<timestamp, std::string>> empty_rooms_; // first who was used least lately
    std::unordered_map<member_id, place, id_hash> places_;
    std::unordered_map<member_id, listener*, id_hash> listeners_;
};

} // namespace chat
