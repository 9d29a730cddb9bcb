// SPDX-License-Identifier: MIT
// Rooms in which everybody reads what everybody says, in the same order.
//
//   chat_server --listen 127.0.0.1:7000
//   chat_client 127.0.0.1:7000 --nick alice
#include <framing/send_queue.hpp>

#include "chat/hall.hpp"
#include "chat/local_journal.hpp"
#include "chat/message_log.hpp"
#include "chat/rate_limit.hpp"
#include "chat/redis.hpp"
#include "chat/session.hpp"
#include "support/command_line.hpp"
#include "support/from_seconds.hpp"
#include "support/program.hpp"
#include "support/service.hpp"

#include <asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct options {
    service::options service;
    chat::policy policy;
    chat::hall::options rooms;
    std::string log;
    bool sync = false;
    std::string redis; // URL; empty: this is the only server
    chat::redis_options store;
    double lease = 5; // seconds
};

asio::awaitable<void> serve(const service::client& client, const chat::policy& policy,
                            chat::rate_limits& limits, chat::hall& rooms, chat::journal& events) {
    const auto session = std::make_unique<chat::session>(client, policy, limits, rooms, events);
    co_await session->run();
}

/// The order of events: this server's own, or that of all who meet at a Redis; nullptr where a
/// signal has asked to end before that is there.
std::unique_ptr<chat::journal> make_journal(asio::io_context& io, const options& options,
                                            chat::hall& rooms) {
    if (options.redis.empty()) return std::make_unique<chat::local_journal>(rooms);
    return chat::meet_at_redis(io, options.store, rooms);
}

int serve(options& options) {
    std::optional<chat::message_log> log;
    if (!options.log.empty()) {
        log.emplace(options.log, options.sync);
        options.rooms.record = [&log](std::string_view frame) { return log->append(frame); };
    }
    chat::rate_limits limits(options.policy.rate);
    chat::hall rooms(options.rooms);
    asio::io_context io(1); // with what is left of sessions, which leave the rooms
    service::host host(io, options.service);
    if (log) log->restore(rooms);
    const std::unique_ptr<chat::journal> events = make_journal(io, options, rooms);
    if (!events) return program::done;
    return host.run([&](const service::client& client) {
        return serve(client, options.policy, limits, rooms, *events);
    });
}

/// Sets what follows from the options, and reads what is more than a word or a number.
/// Throws: std::invalid_argument.
void complete(options& options) {
    // What one member is told at once fits into its queue, behind what it may have there already.
    framing::send_marks& marks = options.service.connection.marks;
    marks.high = std::min(marks.high, marks.hard / 4);
    options.rooms.kept.bytes = marks.hard / 2;
    options.rooms.names_bytes = std::min(options.rooms.names_bytes, marks.hard / 16);
    options.rooms.kept.messages = std::max(options.rooms.kept.messages, options.rooms.history);
    options.policy.text_time =
        from_seconds<std::chrono::milliseconds>(options.service.frame_timeout);
    if (options.policy.max_text > marks.hard / 4)
        throw std::invalid_argument("--max-text " + std::to_string(options.policy.max_text) +
                                    " needs a --queue of " +
                                    std::to_string(4 * options.policy.max_text) + " at least");
    if (options.redis.empty()) return;
    options.store.address = chat::redis_options::parse(options.redis);
    options.store.lease = from_seconds<std::chrono::milliseconds>(options.lease);
    if (const char* const password = std::getenv("REDISCLI_AUTH"))
        options.store.password = password;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("chat_server",
                      "Chat rooms: who joins one reads what all say there, in the same order.");
    options options;
    options.service.name = "chat";
    options.service.idle_timeout = 120; // a client of ours says every 30 s that it is there
    options.service.connection.limits.max_header_size = 4 * 1024;
    options.service.connection.max_streamed_body = 16 * 1024 * 1024; // dropped, but for its begin
    service::add_options(line, options.service);
    line.add("--history", options.rooms.history, "messages that a newcomer gets").named("N");
    line.add("--keep", options.rooms.kept.messages, "messages of a room for those who come back")
        .named("N");
    line.add("--keep-bytes", options.rooms.kept.in_all,
             "that these may take in all rooms; the oldest go first")
        .in_bytes();
    line.add("--max-text", options.policy.max_text, "of one message")
        .in_bytes()
        .between(1, 1024 * 1024);
    line.add("--max-members", options.policy.max_members, "of a room; 0: no limit").named("N");
    line.add("--rate", options.policy.rate, "messages a second of one member; 0: no limit")
        .named("N")
        .between(0, most_amount);
    line.add("--queue", options.service.connection.marks.hard,
             "what may wait for a member that reads slowly; above it, it is dropped")
        .in_bytes()
        .between(16 * 1024, 1024 * 1024 * 1024);
    auto log = line.add("--log", options.log, "keep messages there, over restarts; made if missing")
                   .named("FILE");
    line.add_flag("--sync", options.sync, "tell a message only when it is on the disk").needs(log);
    line.add("--redis", options.redis,
             "be one of several servers that meet at this Redis; [REDISCLI_AUTH] is its password")
        .named("redis://HOST:PORT")
        .excludes(log);
    line.add("--redis-key", options.store.key, "what the names of its keys there begin with")
        .named("NAME");
    line.add("--waiting", options.store.waiting,
             "messages that may wait while Redis is away; more are refused")
        .named("N");
    line.add("--lease", options.lease,
             "after how long without news of it another server says that this one is gone")
        .in_seconds()
        .between(0.1, 3600);
    line.add_example("chat_server --listen 127.0.0.1:7000", "listen on this machine");
    line.add_example("chat_server --log chat.log --sync --history 20",
                     "keep what is said, and show the last of it to who joins");
    return line.run(argc, argv, [&] {
        complete(options);
        return serve(options);
    });
}
