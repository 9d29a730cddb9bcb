// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>

#include "chat/hall.hpp"
#include "chat/journal.hpp"
#include "chat/redis.hpp"
#include "chat/redis_connection.hpp"
#include "chat/redis_replies.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

/// One order of events for any number of servers: a Redis stream. Every server adds what its
/// members want at the end, reads all of it, and lets it happen as it reads.
///
/// An event is added again until Redis says that it has it, or it was read there. Who comes again
/// reads all that is there before it adds: by then nothing comes from its earlier connections any
/// more, so each event is there once. Each server keeps a lease alive; where one ends, another
/// server adds that all its members have left. A server that was given up so begins a new life, and
/// so do its clients.
class redis_journal final : public journal {
public:
    redis_journal(asio::io_context& io, redis_options options, hall& rooms);
    redis_journal(const redis_journal&) = delete;
    redis_journal& operator=(const redis_journal&) = delete;

    /// Begins to read and write, and waits until that works, or was tried.
    /// Returns: false where a signal has asked to end meanwhile.
    [[nodiscard]] bool start();

    [[nodiscard]] const std::string& server() const override { return server_; }
    [[nodiscard]] bool submit(const event& what, std::string_view text) override;
    [[nodiscard]] bool available() const override { return reader_.up && writer_.up; }

private:
    using clock = std::chrono::steady_clock;

    /// One of our two connections: the one that waits for events can do nothing else.
    struct link {
        bool up = false;
        bool tried = false;
        clock::time_point since; // it was up last
        std::chrono::milliseconds pause{0};
    };
    struct waiting_event {
        std::uint64_t number;
        std::string frame;
    };

    /// What is done on a connection for as long as it holds.
    using work = asio::awaitable<void> (redis_journal::*)(redis_connection&);

    asio::awaitable<void> keep(link& which, work what);
    asio::awaitable<void> read_events(redis_connection& redis);
    asio::awaitable<void> write_events(redis_connection& redis);
    asio::awaitable<void> enter(redis_connection& redis);
    asio::awaitable<void> warn_of_losses(redis_connection& redis);
    asio::awaitable<void> load_rooms(redis_connection& redis);
    /// Whether Redis still has what it had when we last read: events up to ours, and that one.
    asio::awaitable<bool> still_has(redis_connection& redis);
    asio::awaitable<void> write_waiting(redis_connection& redis);
    asio::awaitable<void> keep_house(redis_connection& redis);
    asio::awaitable<void> bury(redis_connection& redis, const std::string& server);
    asio::awaitable<void> save_rooms(redis_connection& redis);

    /// Lets the events of one entry of the stream happen.
    void take(stream_entry entry);

    /// Forgets our events up to this one, which Redis has.
    void forget_waiting(std::uint64_t last);

    void is_up(link& which);
    asio::awaitable<void> is_down(link& which, std::exception_ptr why);

    /// Sends all members of this server away; they come again, to a server of another name.
    void begin_new_life(std::string_view why);
    /// That, as Redis has lost what it had confirmed.
    void lose_events();

    [[nodiscard]] std::string key(const std::string& name) const;
    [[nodiscard]] redis_connection::command call(const char* script, std::vector<std::string> keys,
                                                 std::vector<std::string> arguments) const;
    [[nodiscard]] redis_connection::command last_entry() const;
    [[nodiscard]] std::string encoded(const event& what, std::string_view text);

    asio::io_context& io_;
    redis_options options_;
    hall& rooms_;
    framing::encoder<event> encoder_;
    std::string server_;            // its name in this life
    std::uint64_t last_number_ = 0; // of its events
    std::deque<waiting_event> waiting_;
    tasks::sleeper work_; // ends early when there is some for the writer
    link reader_;
    link writer_;
    std::string connection_; // what Redis knows the writer by
    std::uint64_t add_after_ =
        0; // the entry to be read before: what of ours is there is known then
    bool loaded_ = false;
    std::uint64_t applied_ = 0;                        // the last entry that has happened here
    std::optional<stream_entry> last_entry_;           // that one; nothing where it was not here
    std::uint64_t hole_ = 0;                           // the last entry behind a hole
    std::uint64_t saved_ = 0;                          // the entry after which the rooms were saved
    std::uint64_t unsaved_ = 0;                        // events since
    std::map<std::string, clock::time_point> missing_; // servers without a lease, since when
    std::map<std::string, std::string> scripts_;       // their hashes in Redis
};

} // namespace chat
