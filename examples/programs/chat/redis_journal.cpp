// SPDX-License-Identifier: MIT
#include "chat/redis_journal.hpp"

#include <framing/error.hpp>
#include <framing/reassembler.hpp>

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
constexpr std::size_t most_written = 64 * 1024; // in one entry, so with one fsync
constexpr std::uint64_t between_saves = 10'000; // events
constexpr const char* remembered = "604800";    // seconds that Redis knows a silent server

constexpr std::array all_scripts{redis_scripts::enter, redis_scripts::add, redis_scripts::renew,
                                 redis_scripts::give_up, redis_scripts::save};

constexpr const char* behind_number = "-18446744073709551615"; // all entries that have it

constexpr const char* given_up =
    "the other servers have given this one up, which they had not heard "
    "of for longer than its lease";

std::string new_name() {
    return secret::random_text(16);
}

std::uint64_t last_number_in(const redisReply& reply) {
    const auto entries = entries_in(reply);
    return entries.empty() ? 0 : entries.back().number;
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
    if (loaded_ && !co_await still_has(redis)) lose_events();
    if (!loaded_) co_await load_rooms(redis);
    is_up(reader_);
    while (true) {
        std::vector<redis_connection::command> read{{"XREAD", "COUNT", std::to_string(most_read),
                                                     "BLOCK", std::to_string(longest_block.count()),
                                                     "STREAMS", key("log"),
                                                     std::to_string(applied_) + behind_number}};
        const auto replies = co_await redis.run(read, patience + longest_block);
        if (!loaded_) { // a new life: what is known of the last one may be no more true
            co_await load_rooms(redis);
            continue;
        }
        for (stream_entry& entry : entries_read_in(*replies[0])) {
            if (entry.number <= applied_)
                throw redis_error("not what Redis says: entry " + std::to_string(entry.number) +
                                  " comes behind " + std::to_string(applied_));
            if (entry.number != applied_ + 1) {
                if (entry.number > hole_) {
                    begin_new_life("entries of Redis are missing, which were dropped while this "
                                   "server slept, or somebody else writes to " +
                                   key("log"));
                    hole_ = entry.number;
                    co_await load_rooms(redis);
                    break;
                }
                // All who come to it have loaded the same rooms, and go on alike.
                logging::error("entry {} of {} comes behind {}: somebody else writes there",
                               entry.number, key("log"), applied_);
            }
            take(std::move(entry));
            co_await tasks::pause({}); // it may have been many events: now others have their turn
            if (!loaded_) break;       // a new life has begun meanwhile
        }
        if (!waiting_.empty()) work_.wake();
    }
}

void redis_journal::take(stream_entry taken) {
    const stream_entry& entry = last_entry_.emplace(std::move(taken)); // whatever comes of it
    applied_ = entry.number;
    const auto field = [&](const char* name) {
        const auto found = entry.fields.find(name);
        return found == entry.fields.end() ? std::string_view() : std::string_view(found->second);
    };
    const auto number = [&](const char* name) {
        const std::string_view text = field(name);
        std::uint64_t result = 0;
        std::from_chars(text.data(), text.data() + text.size(), result);
        return result;
    };
    if (field("server") == server_) forget_waiting(number("last"));
    const timestamp when(number("time"));
    framing::reassembler<event> frames;
    for (const auto& frame : frames.feed(std::as_bytes(std::span(field("frames"))))) {
        rooms_.apply(frame.header, frame.text(), when);
        if (entry.number > saved_) ++unsaved_;
    }
    frames.finish();
    if (const auto fault = frames.error())
        logging::error("entry {} of Redis is none: {}", entry.number, fault.message());
}

awaitable<bool> redis_journal::still_has(redis_connection& redis) {
    const std::string last = std::to_string(applied_) + "-0";
    const std::vector<redis_connection::command> ask{last_entry(),
                                                     {"XRANGE", key("log"), last, last}};
    const auto replies = co_await redis.run(ask, patience);
    if (last_number_in(*replies[0]) < applied_) co_return false;
    const auto entries = entries_in(*replies[1]);
    // Where it was dropped since, so were those after it, or all that comes will follow.
    co_return !last_entry_ || entries.empty() || entries[0] == *last_entry_;
}

awaitable<void> redis_journal::load_rooms(redis_connection& redis) {
    const std::vector<redis_connection::command> get{
        {"EVAL", redis_scripts::forget, "2", key("rooms"), key("log")},
        {"HMGET", key("rooms"), "old_number", "old_rooms", "number"}};
    const auto replies = co_await redis.run(get, patience);
    const std::vector<std::string> fields = texts_in(*replies[1]);
    if (fields.size() != 3) throw redis_error("not what Redis says: three fields were expected");
    const auto number = [](const std::string& text) { return text.empty() ? 0 : to_number(text); };
    applied_ = number(fields[0]);
    rooms_.load(applied_ != 0 ? nlohmann::json::parse(fields[1]) : hall().snapshot());
    saved_ = number(fields[2]);
    unsaved_ = 0;
    last_entry_.reset();
    loaded_ = true;
}

awaitable<void> redis_journal::write_events(redis_connection& redis) {
    std::string entered;
    auto next_house = clock::now();
    while (true) {
        if (entered != server_) {
            entered = server_;
            co_await enter(redis);
            next_house = clock::now();
        } else if (clock::now() >= next_house) {
            co_await keep_house(redis);
            next_house = clock::now() + options_.lease / 4;
        } else if (!writer_.up) {
            is_up(writer_);
        } else if (waiting_.empty() || !loaded_ || applied_ < add_after_) {
            co_await work_.sleep_until(next_house);
        } else {
            co_await write_waiting(redis);
        }
    }
}

awaitable<void> redis_journal::enter(redis_connection& redis) {
    const std::string here = server_;
    std::vector<redis_connection::command> commands;
    if (!options_.password.empty()) commands.push_back({"AUTH", options_.password});
    for (const char* const script : all_scripts) commands.push_back({"SCRIPT", "LOAD", script});
    const auto hashes = co_await redis.run(commands, patience);
    auto hash = hashes.end() - std::ssize(all_scripts);
    for (const char* const script : all_scripts) scripts_[script] = text_in(**hash++);
    missing_.clear();

    connection_ = new_name();
    const std::vector<redis_connection::command> come{
        call(redis_scripts::enter, {key("server:" + here)}, {connection_, remembered}),
        last_entry()};
    const auto replies = co_await redis.run(come, patience);
    if (here != server_) co_return;
    if (text_in(*replies[0]) == "gone") co_return begin_new_life(given_up);
    add_after_ = last_number_in(*replies[1]);
    co_await warn_of_losses(redis);
}

awaitable<void> redis_journal::warn_of_losses(redis_connection& redis) {
    const std::vector<redis_connection::command> ask{{"CONFIG", "GET", "append*"},
                                                     {"INFO", "server"}};
    std::map<std::string, std::string> found;
    std::string version;
    try {
        const auto replies = co_await redis.run(ask, patience);
        found = pairs_in(*replies[0]);
        version = text_in(*replies[1]);
    } catch (const redis_error&) {
        co_return; // it does not tell
    }
    constexpr std::string_view may_lose =
        "Redis may lose what it has confirmed when it is killed: it has";
    if (found["appendonly"] != "yes" || found["appendfsync"] != "always")
        logging::warn("{} appendonly {} and appendfsync {}, not yes and always", may_lose,
                      found["appendonly"], found["appendfsync"]);
    constexpr std::string_view name = "redis_version:";
    const auto at = version.find(name);
    if (at == version.npos) co_return;
    int major = 0;
    std::from_chars(version.data() + at + name.size(), version.data() + version.size(), major);
    if (major < 7) logging::warn("{} version {}, not 7 or later", may_lose, major);
}

awaitable<void> redis_journal::write_waiting(redis_connection& redis) {
    const std::string here = server_;
    std::uint64_t last = 0;
    std::string frames;
    for (const waiting_event& each : waiting_) {
        if (last != 0 && frames.size() + each.frame.size() > most_written) break;
        frames += each.frame;
        last = each.number;
    }
    const std::vector<redis_connection::command> command{call(
        redis_scripts::add, {key("log"), key("server:" + here)},
        {connection_, here, std::to_string(last), std::move(frames), std::to_string(applied_)})};
    const auto replies = co_await redis.run(command, patience);
    if (here != server_) co_return; // what waited was another life's
    if (text_in(*replies[0]) == "gone") co_return begin_new_life(given_up);
    if (text_in(*replies[0]) == "lost") co_return lose_events();
    forget_waiting(last);
}

void redis_journal::forget_waiting(std::uint64_t last) {
    while (!waiting_.empty() && waiting_.front().number <= last) waiting_.pop_front();
}

awaitable<void> redis_journal::keep_house(redis_connection& redis) {
    const std::string here = server_;
    const auto began = clock::now();
    std::vector<redis_connection::command> commands{
        {"EXISTS", key("lease:" + here)}, // which deletes it where it is over
        call(redis_scripts::renew, {key("server:" + here), key("lease:" + here)},
             {std::to_string(options_.lease.count())}),
        {"EXPIRE", key("server:" + here), remembered},
        last_entry(),
        {"HGET", key("rooms"), "number"}};
    const std::size_t own = commands.size();
    const std::uint64_t applied = loaded_ ? applied_ : 0;
    const std::uint64_t saved = loaded_ ? saved_ : 0;
    const auto servers = rooms_.servers();
    for (const std::string& server : servers)
        commands.push_back({"EXISTS", key("lease:" + server)});
    const auto replies = co_await redis.run(commands, patience);
    if (here != server_) co_return;
    if (text_in(*replies[1]) == "gone") co_return begin_new_life(given_up);
    const std::uint64_t last = last_number_in(*replies[3]);
    const std::uint64_t saved_there = number_in(*replies[4]);
    if (last < applied || saved_there < saved) {
        lose_events();
        throw redis_error("it has lost events"); // for a pause: Redis may say so again and again
    }
    if (loaded_ && saved_there > saved_) { // another server has saved them
        saved_ = saved_there;
        unsaved_ = 0;
    }
    add_after_ = std::min(add_after_, last); // somebody else may have deleted what it waits for
    // While Redis was slow for us it was for others, too: that time does not count.
    const auto now = clock::now();
    for (auto& [server, since] : missing_) since += now - began;
    auto reply = replies.begin() + static_cast<std::ptrdiff_t>(own);
    std::vector<std::string> dead;
    for (const std::string& server : servers) {
        if (number_in(**reply++) != 0)
            missing_.erase(server);
        else if (now - missing_.try_emplace(server, now).first->second >= options_.lease)
            dead.push_back(server);
    }
    for (const std::string& server : dead) co_await bury(redis, server);
    if (reader_.up && loaded_ && unsaved_ >= between_saves) co_await save_rooms(redis);
}

awaitable<void> redis_journal::bury(redis_connection& redis, const std::string& server) {
    const std::vector<redis_connection::command> ask{
        {"EXISTS", key("lease:" + server)}, // which deletes it where it is over
        call(redis_scripts::give_up, {key("server:" + server), key("lease:" + server)},
             {remembered})};
    const auto replies = co_await redis.run(ask, patience);
    missing_.erase(server);
    // Another server may have told by now, or tells at the same time, which does no harm.
    if (text_in(*replies[1]) != "gone" || !rooms_.servers().contains(server)) co_return;
    event what;
    what.type = "gone";
    what.server = server;
    const std::vector<redis_connection::command> tell{
        call(redis_scripts::add, {key("log"), key("server:" + server)},
             {"gone", "", "0", encoded(what, {}), std::to_string(applied_)})};
    co_await redis.run(tell, patience);
    logging::warn("server {} is gone: its members have left", server);
}

awaitable<void> redis_journal::save_rooms(redis_connection& redis) {
    const std::string here = server_;
    const std::uint64_t before = saved_;
    const std::uint64_t now = applied_;
    const std::vector<redis_connection::command> save{
        call(redis_scripts::save, {key("rooms")},
             {std::to_string(before), std::to_string(now), rooms_.snapshot().dump()})};
    const auto replies = co_await redis.run(save, patience);
    if (here != server_) co_return;
    saved_ = std::max(before, number_in(*replies[0])); // less is for the next look at the house
    unsaved_ = 0;
    if (saved_ != now || before == 0) co_return;
    // What comes later is history to servers that start.
    const std::vector<redis_connection::command> trim{
        {"XTRIM", key("log"), "MINID", std::to_string(before) + "-0"}};
    co_await redis.run(trim, patience);
}

void redis_journal::is_up(link& which) {
    which.up = which.tried = true;
    which.since = clock::now();
    if (!available()) return;
    logging::info("Redis is there");
    rooms_.announce({{"type", "notice"},
                     {"code", "store_back"},
                     {"message", "the server's store is there again; what waited is said"}});
}

awaitable<void> redis_journal::is_down(link& which, std::exception_ptr why) {
    const bool was_available = available();
    const bool is_news = which.up || !which.tried;
    if (which.up && clock::now() - which.since > longest_pause) which.pause = {};
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
    if (is_news) logging::warn("Redis is away: {}", reason);
    if (was_available)
        rooms_.announce({{"type", "notice"},
                         {"code", "store_away"},
                         {"message", "the server's store is away; what is said now waits for it"}});
    // Who is there again sooner than us gives us up where our lease is over.
    const auto most = std::max(shortest_pause, std::min(longest_pause, options_.lease / 4));
    which.pause = std::clamp(2 * which.pause, shortest_pause, most);
    co_await tasks::pause(which.pause);
}

void redis_journal::begin_new_life(std::string_view why) {
    logging::error("all members are sent away, to come again: {}", why);
    waiting_.clear();
    last_number_ = 0;
    loaded_ = false;
    hole_ = 0; // entries may be numbered anew
    server_ = new_name();
    rooms_.dismiss({{"type", "error"},
                    {"code", "unavailable"},
                    {"message", "this server has lost touch with the others; connect again"}});
    work_.wake(); // for the new name to be introduced
}

void redis_journal::lose_events() {
    begin_new_life("Redis has come back without events that it had confirmed, as it may without "
                   "appendonly yes and appendfsync always");
}

std::string redis_journal::key(const std::string& name) const {
    return '{' + options_.key + "}:" + name;
}

redis_connection::command redis_journal::call(const char* script, std::vector<std::string> keys,
                                              std::vector<std::string> arguments) const {
    redis_connection::command result{"EVALSHA", scripts_.at(script), std::to_string(keys.size())};
    std::ranges::move(keys, std::back_inserter(result));
    std::ranges::move(arguments, std::back_inserter(result));
    return result;
}

redis_connection::command redis_journal::last_entry() const {
    return {"XREVRANGE", key("log"), "+", "-", "COUNT", "1"};
}

std::string redis_journal::encoded(const event& what, std::string_view text) {
    std::string frame;
    if (const auto error = encoder_.encode(what, text, frame)) throw std::system_error(error);
    return frame;
}

} // namespace chat
