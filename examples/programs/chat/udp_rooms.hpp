// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/nlohmann.hpp>
#include <framing/shared_frames.hpp>

#include "chat/cookie.hpp"
#include "chat/hall.hpp"
#include "chat/local_journal.hpp"
#include "chat/rate_limit.hpp"
#include "chat/request.hpp"
#include "support/secret.hpp"
#include "support/udp.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

/// What a server over UDP allows.
struct udp_policy {
    std::size_t max_text = 1000;               // bytes; a message has to fit into one datagram, too
    std::size_t max_members = 10000;           // of a room; 0: no limit
    std::size_t connections = 1024;            // members in all; 0: no limit
    std::size_t per_address = 64;              // of them; 0: no limit
    double rate = 20;                          // messages a second of one member; 0: no limit
    std::chrono::milliseconds silence{10'000}; // after which a member has left
};

/// The members of a server over UDP: who has shown that datagrams reach it, until it leaves or is
/// silent.
///
/// Strangers cost no memory, get three bytes for one at most, and nothing of the rooms.
class udp_rooms {
public:
    using clock = std::chrono::steady_clock;

    explicit udp_rooms(const udp_policy& policy);

    void take(udp::socket& socket, const udp::datagram& received);

    /// Lets those go who were silent for too long.
    void look_after(clock::time_point now);

    /// Notes whose machines say that nobody is there, which anyone could have said: it counts
    /// beside silence. It takes room from what is received, so this is to be called soon.
    void take_icmp_errors(asio::ip::udp::socket& socket);

    /// Tells all members that the server stops.
    void say_goodbye();

    [[nodiscard]] std::size_t members() const { return members_.size(); }

    /// How many datagrams came from a member's address without its key.
    [[nodiscard]] std::uint64_t forged() const { return forged_; }

private:
    struct member final : listener {
        member(udp_rooms& home, udp::peer there, std::uint64_t number, rate_limits::taken allowed,
               clock::time_point now)
            : rooms(home), where(std::move(there)), id{{}, number}, key(secret::random_text(16)),
              limit(std::move(allowed)), heard(now) {}

        void hear(const framing::shared_frames& message) override { rooms.send(message, where); }
        void complete(nlohmann::json& welcome) override { welcome["key"] = key; }

        udp_rooms& rooms;
        udp::peer where;
        member_id id;
        std::string key;    // which it shows: an address proves nothing
        std::string cookie; // with which it came
        rate_limits::taken limit;
        clock::time_point heard;
        bool is_unreachable = false;  // its machine has said since that nobody is there
        std::deque<std::string> said; // the last names of its messages
    };
    using crowd = std::map<udp::endpoint, std::unique_ptr<member>>;

    void take_from_stranger(const udp::peer& who, const request::any& asks, std::size_t size);
    void admit(const udp::peer& who, const request::join& wanted, std::size_t size);
    void take_from_member(crowd::iterator who, const client_message& message,
                          std::string_view text);
    /// `to`: whom it is for; nothing for the room.
    void say(member& who, const client_message& message, std::string_view text,
             const std::optional<std::string>& to = {});
    void submit(const member& who, event what, std::string_view text = {});
    void leave(crowd::iterator who, const char* reason);

    /// Why there is no room for one more; empty where there is.
    [[nodiscard]] std::string crowded(const udp::peer& who) const;

    void send(const framing::shared_frames& message, const udp::peer& to);
    void send(const nlohmann::json& message, const udp::peer& to);
    /// To who may not be who it says it is: no more than `most` bytes, or nothing.
    void send_to_stranger(const nlohmann::json& message, const udp::peer& to, std::size_t most);
    void challenge(const udp::peer& who, std::size_t size);

    const udp_policy& policy_;
    framing::encoder<> encoder_;
    cookies cookies_;
    hall rooms_;
    local_journal events_;
    rate_limits limits_; // which the members have theirs of
    crowd members_;
    std::map<std::string, std::size_t> networks_; // how many members there
    std::uint64_t last_number_ = 0;
    std::uint64_t forged_ = 0;
};

} // namespace chat
