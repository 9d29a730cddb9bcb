// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/header_view.hpp>

#include "chat_load/latencies.hpp"
#include "chat_load/member.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chat_load {

using clock = std::chrono::steady_clock;

/// Who is to join, and what is to be said.
struct plan {
    std::vector<std::string> servers; // addresses; members take turns
    std::string room = "load";
    std::size_t members = 100;
    std::size_t stalled = 0; // others, who never read
    std::size_t senders = 1; // of the members
    std::size_t size = 100;  // bytes of a text
    std::size_t window = 64; // messages that may be on their way, where there is no rate
};

/// What came of it.
struct tally {
    std::uint64_t sent = 0;
    std::uint64_t deliveries = 0; // of messages, whoever said them
    std::uint64_t bytes = 0;      // of those, with their headers
    std::uint64_t gaps = 0;       // messages that a member was not told before a later one
    std::uint64_t duplicates = 0; // told twice in a row
    std::uint64_t disordered = 0; // told after a later one
    std::uint64_t missing = 0;    // deliveries of our own messages that did not come in time
    std::uint64_t dropped = 0;    // members that the server does not want any more
    std::uint64_t stalled_dropped = 0;
    latencies times; // from say to said, of our own messages
    clock::time_point last_delivery;
};

/// All members of one process. On one thread.
class crowd final : private audience {
public:
    /// Called every now and then with what is going on, for the person who waits.
    using progress = std::function<void(const std::string&)>;

    crowd(asio::any_io_executor executor, const plan& plan, progress show);
    crowd(const crowd&) = delete;
    crowd& operator=(const crowd&) = delete;
    ~crowd();

    /// Lets all join.
    /// Throws: contact::disconnected; contact::refused; std::invalid_argument.
    asio::awaitable<void> join();

    /// Waits until nothing more is told of those who have joined.
    asio::awaitable<void> settle();

    /// Says as many messages as come back, until `end` or, where that is not 0, `most` were said;
    /// and waits until all have heard them.
    /// Throws: contact::refused, as all below.
    asio::awaitable<void> say_all(clock::time_point end, std::uint64_t most);

    /// As above, but so many messages a second, whatever comes back.
    asio::awaitable<void> say_at(double rate, clock::time_point end, std::uint64_t most);

    /// Stays and listens.
    asio::awaitable<void> hold(clock::time_point end);

    /// Ends what is under way, early.
    void interrupt();

    [[nodiscard]] const tally& so_far() const { return tally_; }

private:
    /// A message that not all have heard. All are told the same bytes, so that whoever hears it
    /// after the first has only to compare them.
    struct flight {
        std::size_t listeners = 0;             // who are still to hear it
        std::string header;                    // empty until the first has
        std::optional<clock::time_point> said; // where it is ours
    };

    void woken() override { now_ = clock::now(); }
    void heard(member& by, const framing::header_view& header, std::size_t body_size) override;
    void lost(member& who, const std::string& why) override;

    void connect_more();
    asio::awaitable<void> connect(std::size_t number);
    /// Waits until `count` is as many as there are members.
    asio::awaitable<void> wait_for(const std::size_t& count, const char* what);
    void welcome(member& who, const framing::header_view& header);
    void hear_other(member& by, const framing::header_view& header);
    /// The message that has this number; nullptr for one of the time before all had joined.
    [[nodiscard]] flight* flight_of(std::uint64_t seq);
    /// One listener less.
    void land(flight& message);
    /// Our own time in a message; nothing where it is somebody else's.
    [[nodiscard]] std::optional<clock::time_point>
    time_of(const framing::header_view& header) const;

    void say(clock::time_point when);
    [[nodiscard]] bool over(clock::time_point end, std::uint64_t most) const;
    asio::awaitable<void> drain();
    /// Does what is due anyway, and waits until then or until something has changed.
    asio::awaitable<void> pause(clock::time_point until);
    void keep_alive();

    [[nodiscard]] std::size_t size() const { return plan_.members + plan_.stalled; }
    [[nodiscard]] bool all_joined() const { return joined_ == size(); }
    [[nodiscard]] bool is_stalled(std::size_t number) const { return number >= plan_.members; }
    [[nodiscard]] std::string nick_of(std::size_t number) const {
        return name_ + '-' + std::to_string(number);
    }

    asio::any_io_executor executor_;
    const plan& plan_;
    progress show_;
    std::string name_; // of this crowd, in nicknames and ids
    std::string text_;
    std::string frame_;
    framing::encoder<> encoder_;
    tasks::sleeper wake_;
    std::vector<std::shared_ptr<member>> members_; // the stalled ones are the last
    std::size_t begun_ = 0;                        // members whose connection was begun with, ...
    std::size_t connected_ = 0;                    // ... those that have it, ...
    std::size_t joined_ = 0;                       // ... and those that have been welcomed
    std::string doing_;                            // until then
    std::size_t next_sender_ = 0;
    std::uint64_t first_ = UINT64_MAX; // the number of flights_.front()
    std::deque<flight> flights_;
    std::uint64_t landed_ = 0; // of our own
    clock::time_point now_;    // when the last bytes came
    clock::time_point next_show_;
    clock::time_point next_keep_alive_;
    std::size_t beat_ = 0;
    bool interrupted_ = false;
    tally tally_;
};

} // namespace chat_load
