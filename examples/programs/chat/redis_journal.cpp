// SPDX-License-Identifier: MIT
#include "chat/redis_journal.hpp"

#include <framing/error.hpp>

#include "chat/redis_replies.hpp"
#include "chat/redis_scripts.hpp"
#include "support/log.hpp"
#include "support/secret.hpp"
#include "support/tasks.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <exception>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

using asio::awaitable;
using std::chrono::milliseconds;

namespace chat {
namespace {

constexpr milliseconds shortest_pause{50};
constexpr milliseconds longest_pause{2000};
constexpr milliseconds patience{10'000};    // for an answer of Redis, whose disk may be busy
constexpr milliseconds longest_block{2000}; // of a read without events
constexpr std::size_t most_read = 100;
constexpr std::size_t most_written = 500;       // in one go, so with one fsync
constexpr std::uint64_t between_saves = 10'000; // events
constexpr const char* remembered = "604800";    // seconds that Redis knows a silent server

constexpr std::array all_scripts{redis_scripts::add, redis_scripts::renew, redis_scripts::give_up,
                                 redis_scripts::save};

constexpr const char* given_up =
    "the other servers have given this one up, which they had not heard "
    "of for longer than its lease";

std::string new_name() {
    return secret::random_text(16);
}

} // namespace

redis_journal::redis_journal(asio::io_context& io, redis_options options, hall& rooms)
    : io_(io), options_(std::move(options)), rooms_(rooms), server_(new_name()),
      work_(io.get_executor()) {}

bool redis_journal::start() {
    bool asked_to_end = false;
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    tasks::at_each(signals, [&](int) { asked_to_end = true; });
    tasks::spawn(io_.get_executor(), keep(reader_, &redis_journal::read_events));
    tasks::spawn(io_.get_executor(), keep(writer_, &redis_journal::write_events));
    while (!asked_to_end && (!reader_.tried || !writer_.tried)) io_.run_one();
    return !asked_to_end;
}

bool redis_journal::submit(const event& what, std::string_view text) {
    if (what.server != server_) return true; // of a former life, which has ended for all
    if (waiting_.size() >= options_.waiting && what.type != "leave") return false;
    waiting_.push_back({++last_number_, encoded(what, text)});
    work_.wake();
    return true;
}

awaitable<void> redis_journal::keep(link& which, work what) {
    redis_connection redis(io_.get_executor());
    while (true) {
        std::exception_ptr why;
        try {
            co_await redis.connect(options_.address, patience);
            co_await (this->*what)(redis);
        } catch (...) {
            why = std::current_exception();
        }
        co_await is_down(which, why);
    }
}

awaitable<void> redis_journal::read_events(redis_connection& redis) {
    if (!options_.password.empty()) {
        const std::vector<redis_connection::command> auth{{"AUTH", options_.password}};
        co_await redis.run(auth, patience);
    }
    if (loaded_ && !co_await still_has(redis))
        begin_new_life("Redis has come back without events that it had confirmed, as it may "
                       "without appendonly yes and appendfsync always");
    if (!loaded_) co_await load_rooms(redis);
    is_up(reader_);
    while (true) {
        std::vector<redis_connection::command> read{{"XREAD", "COUNT", std::to_string(most_read),
                                                     "BLOCK", std::to_string(longest_block.count()),
                                                     "STREAMS", key("log"),
                                                     std::to_string(applied_) + "-0"}};
        const auto replies = co_await redis.run(read, patience + longest_block);
        if (!loaded_) { // a new life: what is known of the last one may be no more true
            co_await load_rooms(redis);
            continue;
        }
        for (const stream_entry& entry : entries_read_in(*replies[0])) {
            if (entry.number == applied_ + 1) {
                take(entry);
                continue;
            }
            if (std::exchange(hole_, entry.number) == entry.number)
                throw redis_error("event " + std::to_string(entry.number) + " comes behind " +
                                  std::to_string(applied_) + ": somebody else writes to " +
                                  key("log"));
            begin_new_life("this server has slept while Redis dropped events that it had not seen");
            co_await load_rooms(redis);
            break;
        }
        reader_.pause = {};
    }
}

void redis_journal::take(const stream_entry& entry) {
    applied_ = entry.number;
    last_entry_ = entry;
    const auto field = [&](const char* name) {
        const auto found = entry.fields.find(name);
        return found == entry.fields.end() ? std::string_view() : std::string_view(found->second);
    };
    std::int64_t time = 0;
    const std::string_view when = field("time");
    std::from_chars(when.data(), when.data() + when.size(), time);
    const std::string_view frame = field("frame");
    framing::fault fault;
    const auto decoded = framing::decode_datagram<event>(std::as_bytes(std::span(frame)), fault);
    if (decoded)
        rooms_.apply(decoded->header, decoded->text(), timestamp(time));
    else
        logging::error("event {} of Redis is none: {}", entry.number, fault.message());
}

awaitable<bool> redis_journal::still_has(redis_connection& redis) {
    const std::string last = std::to_string(applied_) + "-0";
    const std::vector<redis_connection::command> ask{{"GET", key("events")},
                                                     {"XRANGE", key("log"), last, last}};
    const auto replies = co_await redis.run(ask, patience);
    if (number_in(*replies[0]) < applied_) co_return false;
    const auto entries = entries_in(*replies[1]);
    // Where it was dropped since, so were those after it, or all that comes will follow.
    co_return !last_entry_ || entries.empty() || entries[0] == *last_entry_;
}

awaitable<void> redis_journal::load_rooms(redis_connection& redis) {
    const std::vector<redis_connection::command> get{
        {"HMGET", key("rooms"), "old_number", "old_rooms"}};
    const auto replies = co_await redis.run(get, patience);
    const std::vector<std::string> fields = texts_in(*replies[0]);
    const bool known = fields.size() == 2 && !fields[1].empty();
    rooms_.load(known ? nlohmann::json::parse(fields[1]) : hall().snapshot());
    applied_ = saved_ = known ? to_number(fields[0]) : 0;
    last_entry_.reset();
    loaded_ = true;
}

awaitable<void> redis_journal::write_events(redis_connection& redis) {
    std::string introduced;
    auto next_house = clock::now();
    while (true) {
        if (introduced != server_) {
            introduced = server_;
            co_await introduce(redis);
            next_house = clock::now();
        }
        if (clock::now() >= next_house) {
            co_await keep_house(redis);
            next_house = clock::now() + options_.lease / 4;
        }
        if (introduced != server_) continue;
        if (!writer_.up) is_up(writer_);
        if (waiting_.empty()) {
            co_await work_.sleep_until(next_house);
        } else {
            co_await write_waiting(redis);
        }
    }
}

awaitable<void> redis_journal::introduce(redis_connection& redis) {
    std::vector<redis_connection::command> commands;
    if (!options_.password.empty()) commands.push_back({"AUTH", options_.password});
    commands.push_back({"SET", key("server:" + server_), "0", "NX", "EX", remembered});
    for (const char* const script : all_scripts) commands.push_back({"SCRIPT", "LOAD", script});
    const auto replies = co_await redis.run(commands, patience);
    auto hash = replies.end() - std::ssize(all_scripts);
    for (const char* const script : all_scripts) scripts_[script] = text_in(**hash++);
    missing_.clear();

    const std::vector<redis_connection::command> ask{{"CONFIG", "GET", "append*"}};
    std::map<std::string, std::string> found;
    try {
        const auto settings = co_await redis.run(ask, patience);
        found = pairs_in(*settings[0]);
    } catch (const redis_error&) {
        co_return; // it does not tell
    }
    if (found["appendonly"] != "yes" || found["appendfsync"] != "always")
        logging::warn(
            "Redis may lose what it has confirmed when it is killed: it has appendonly {} "
            "and appendfsync {}, not yes and always",
            found["appendonly"], found["appendfsync"]);
}

awaitable<void> redis_journal::write_waiting(redis_connection& redis) {
    const std::string server = server_;
    const std::size_t count = std::min(waiting_.size(), most_written);
    std::vector<redis_connection::command> commands;
    for (std::size_t i = 0; i < count; ++i)
        commands.push_back({"EVALSHA", scripts_.at(redis_scripts::add), "3", key("log"),
                            key("events"), key("server:" + server_),
                            std::to_string(waiting_[i].number), waiting_[i].frame, remembered});
    const auto replies = co_await redis.run(commands, patience);
    if (server != server_) co_return; // what waited was another life's
    if (text_in(*replies.back()) == "gone") co_return begin_new_life(given_up);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
}

awaitable<void> redis_journal::keep_house(redis_connection& redis) {
    const std::string here = server_;
    const auto began = clock::now();
    std::vector<redis_connection::command> commands{
        {"EVALSHA", scripts_.at(redis_scripts::renew), "2", key("server:" + server_),
         key("lease:" + server_), std::to_string(options_.lease.count()), remembered}};
    const auto servers = rooms_.servers();
    for (const std::string& server : servers)
        commands.push_back({"EXISTS", key("lease:" + server)});
    const auto replies = co_await redis.run(commands, patience);
    if (here != server_) co_return;
    if (text_in(*replies[0]) == "gone") co_return begin_new_life(given_up);
    // While Redis was slow for us it was for others, too: that time does not count.
    const auto now = clock::now();
    for (auto& [server, since] : missing_) since += now - began;
    auto reply = replies.begin();
    std::vector<std::string> dead;
    for (const std::string& server : servers) {
        if (number_in(**++reply) != 0)
            missing_.erase(server);
        else if (now - missing_.try_emplace(server, now).first->second >= options_.lease)
            dead.push_back(server);
    }
    for (const std::string& server : dead) co_await bury(redis, server);
    if (reader_.up && loaded_ && applied_ >= saved_ + between_saves) co_await save_rooms(redis);
}

awaitable<void> redis_journal::bury(redis_connection& redis, const std::string& server) {
    event what;
    what.type = "gone";
    what.server = server;
    const std::vector<redis_connection::command> command{
        {"EVALSHA", scripts_.at(redis_scripts::give_up), "4", key("log"), key("events"),
         key("server:" + server), key("lease:" + server), encoded(what, {}), remembered}};
    const auto replies = co_await redis.run(command, patience);
    missing_.erase(server);
    if (number_in(*replies[0]) != 0)
        logging::warn("server {} is gone: its members have left", server);
}

awaitable<void> redis_journal::save_rooms(redis_connection& redis) {
    saved_ = applied_;
    const std::vector<redis_connection::command> command{
        {"EVALSHA", scripts_.at(redis_scripts::save), "2", key("log"), key("rooms"),
         std::to_string(applied_), rooms_.snapshot().dump(), std::to_string(between_saves)}};
    co_await redis.run(command, patience);
}

void redis_journal::is_up(link& which) {
    which.up = which.tried = true;
    if (&which == &writer_) which.pause = {}; // the reader's ends when it has read
    if (!available()) return;
    logging::info("Redis is there");
    rooms_.announce({{"type", "notice"},
                     {"code", "store_back"},
                     {"message", "the server's store is there again; what waited is said"}});
}

awaitable<void> redis_journal::is_down(link& which, std::exception_ptr why) {
    const bool was_available = available();
    const bool first = !which.tried;
    which.up = false;
    which.tried = true;
    std::string reason;
    try {
        std::rethrow_exception(why);
    } catch (const std::system_error& error) {
        reason = error.code().message();
    } catch (const std::exception& error) {
        reason = error.what();
    }
    if (was_available || first) logging::warn("Redis is away: {}", reason);
    if (was_available)
        rooms_.announce({{"type", "notice"},
                         {"code", "store_away"},
                         {"message", "the server's store is away; what is said now waits for it"}});
    which.pause = std::clamp(2 * which.pause, shortest_pause, longest_pause);
    co_await tasks::pause(which.pause);
}

void redis_journal::begin_new_life(std::string_view why) {
    logging::error("all members are sent away, to come again: {}", why);
    waiting_.clear();
    last_number_ = 0;
    loaded_ = false;
    server_ = new_name();
    rooms_.dismiss({{"type", "error"},
                    {"code", "unavailable"},
                    {"message", "this server has lost touch with the others; connect again"}});
    work_.wake(); // for the new name to be introduced
}

std::string redis_journal::key(const std::string& name) const {
    return '{' + options_.key + "}:" + name;
}

std::string redis_journal::encoded(const event& what, std::string_view text) {
    std::string frame;
    if (const auto error = encoder_.encode(what, text, frame)) throw std::system_error(error);
    return frame;
}

} // namespace chat
