// SPDX-License-Identifier: MIT
// Rooms in which everybody reads what everybody says, in the same order.
//
//   chat_server --listen 127.0.0.1:7000
//   chat_client 127.0.0.1:7000 --nick alice
#include "chat/hall.hpp"
#include "chat/local_journal.hpp"
#include "chat/message_log.hpp"
#include "chat/redis_journal.hpp"
#include "chat/session.hpp"
#include "support/program.hpp"
#include "support/service.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

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
                            chat::hall& rooms, chat::journal& events) {
    const auto session = std::make_unique<chat::session>(client, policy, rooms, events);
    co_await session->run();
}

int serve(const CLI::App& app, options& options) {
    std::optional<chat::message_log> log;
    if (!options.log.empty()) {
        log.emplace(options.log, options.sync);
        options.rooms.record = [&log](const std::string& frame) { return log->append(frame); };
    }
    chat::hall rooms(options.rooms);
    std::weak_ptr<chat::journal> events;
    options.service.begin = [&](asio::io_context& io) -> std::shared_ptr<void> {
        if (log) log->restore(rooms);
        if (options.redis.empty()) {
            const auto local = std::make_shared<chat::local_journal>(rooms);
            events = local;
            return local;
        }
        const auto shared = std::make_shared<chat::redis_journal>(io, options.store, rooms);
        shared->start();
        events = shared;
        return shared;
    };
    options.policy.text_time =
        std::chrono::milliseconds(std::llround(options.service.frame_timeout * 1000));
    return service::run(app, options.service, [&](const service::client& client) {
        return serve(client, options.policy, rooms, *events.lock());
    });
}

/// Sets what follows from the options, and reads what CLI11 has not.
/// Throws: std::invalid_argument.
void complete(options& options) {
    // What one member is told at once fits into its queue, behind what it may have there already.
    framing::send_marks& marks = options.service.connection.marks;
    marks.high = std::min(marks.high, marks.hard / 4);
    options.rooms.replay_bytes = marks.hard / 2;
    options.rooms.names_bytes = std::min(options.rooms.names_bytes, marks.hard / 16);
    options.rooms.keep = std::max(options.rooms.keep, options.rooms.history);
    if (options.policy.max_text > marks.hard / 4)
        throw std::invalid_argument("--max-text " + std::to_string(options.policy.max_text) +
                                    " needs a --queue of " +
                                    std::to_string(4 * options.policy.max_text) + " at least");
    if (options.redis.empty()) return;
    options.store.address = chat::redis_options::parse(options.redis);
    options.store.lease = std::chrono::milliseconds(std::llround(options.lease * 1000));
    if (const char* const password = std::getenv("REDISCLI_AUTH"))
        options.store.password = password;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Chat rooms: who joins one reads what all say there, in the same order.",
                 "chat_server");
    options options;
    options.service.name = "chat";
    options.service.goodbye = {{"type", "bye"}};
    options.service.idle_timeout = 120; // a client of ours says every 30 s that it is there
    options.service.connection.max_streamed_body = 16 * 1024 * 1024; // dropped, but for its begin
    service::add_options(app, options.service);
    app.add_option("--history", options.rooms.history, "messages that a newcomer gets")
        ->type_name("N");
    app.add_option("--keep", options.rooms.keep, "messages of a room for those who come back")
        ->type_name("N");
    app.add_option("--max-text", options.policy.max_text, "of one message")
        ->type_name("BYTES")
        ->check(CLI::Range(1, 1024 * 1024));
    app.add_option("--max-members", options.policy.max_members, "of a room; 0: no limit")
        ->type_name("N");
    app.add_option("--rate", options.policy.rate, "messages a second of one member; 0: no limit")
        ->type_name("N")
        ->check(program::amounts);
    app.add_option("--queue", options.service.connection.marks.hard,
                   "what may wait for a member that reads slowly; above it, it is dropped")
        ->type_name("BYTES")
        ->check(CLI::Range(16 * 1024, 1024 * 1024 * 1024));
    CLI::Option* const log =
        app.add_option("--log", options.log, "keep messages there, over restarts; made if missing")
            ->type_name("FILE");
    app.add_flag("--sync", options.sync, "tell a message only when it is on the disk")->needs(log);
    app.add_option("--redis", options.redis,
                   "be one of several servers that meet at this Redis; [REDISCLI_AUTH] is its "
                   "password")
        ->type_name("redis://HOST:PORT")
        ->excludes(log);
    app.add_option("--redis-key", options.store.key, "what the names of its keys there begin with")
        ->type_name("NAME");
    app.add_option("--waiting", options.store.waiting,
                   "messages that may wait while Redis is away; more are refused")
        ->type_name("N");
    app.add_option("--lease", options.lease,
                   "after how long without news of it another server says that this one is gone")
        ->type_name("SECONDS")
        ->check(program::amounts)
        ->check(CLI::Range(0.1, 3600.0));
    return program::run(app, argc, argv, [&] {
        try {
            complete(options);
        } catch (const std::invalid_argument& error) {
            program::complain(app, error.what());
            return program::bad_usage;
        }
        return serve(app, options);
    });
}
