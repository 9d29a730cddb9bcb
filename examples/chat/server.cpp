// SPDX-License-Identifier: MIT
// Rooms in which everybody reads what everybody says, in the same order.
//
//   chat_server --listen 127.0.0.1:7000
//   chat_client 127.0.0.1:7000 --nick alice
#include "chat/hall.hpp"
#include "chat/local_journal.hpp"
#include "chat/message_log.hpp"
#include "chat/session.hpp"
#include "support/program.hpp"
#include "support/service.hpp"

#include <memory>
#include <optional>
#include <string>

namespace {

struct options {
    service::options service;
    chat::policy policy;
    chat::hall::options rooms;
    std::string log;
    bool sync = false;
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
    options.rooms.replay_bytes = options.service.connection.marks.hard / 2;
    chat::hall rooms(options.rooms);
    chat::local_journal events(rooms);
    options.service.begin = [&](asio::io_context&) {
        if (log) log->restore(rooms);
    };
    return service::run(app, options.service, [&](const service::client& client) {
        return serve(client, options.policy, rooms, events);
    });
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
        ->check(CLI::NonNegativeNumber);
    app.add_option("--queue", options.service.connection.marks.hard,
                   "what may wait for a member that reads slowly; above it, it is dropped")
        ->type_name("BYTES")
        ->check(CLI::Range(16 * 1024, 1024 * 1024 * 1024));
    CLI::Option* const log =
        app.add_option("--log", options.log, "keep messages there, over restarts; made if missing")
            ->type_name("FILE");
    app.add_flag("--sync", options.sync, "tell a message only when it is on the disk")->needs(log);
    return program::run(app, argc, argv, [&] { return serve(app, options); });
}
