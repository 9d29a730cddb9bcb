// SPDX-License-Identifier: MIT
// Joins many members to a chat server, lets some of them talk, and measures what all of them hear.
//
//   chat_server --listen 127.0.0.1:7000 --connections 0 --per-address 0 --rate 0
//   chat_load 127.0.0.1:7000 --members 1000 --seconds 10 --pid "$(pidof chat_server)"
#include "chat_load/crowd.hpp"
#include "chat_load/process.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/program.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using chat_load::clock;
using chat_load::process_usage;
using chat_load::tally;
using chat_load::usage_of;

struct options {
    chat_load::plan plan;
    double rate = 0; // messages a second; 0: as many as come back
    std::optional<double> seconds;
    std::uint64_t messages = 0; // 0: no limit but the time
    bool idle = false;
    bool json = false;
    std::vector<pid_t> servers; // processes
};

/// What has been measured, in the order in which it is told.
using report = nlohmann::ordered_json;

/// Numbers of which nobody wants all digits.
double rounded(double number, double to = 1000) {
    return std::round(number * to) / to;
}

double seconds(clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

double microseconds(clock::duration time) {
    return rounded(std::chrono::duration<double, std::micro>(time).count(), 10);
}

double ratio(double of, double to) {
    return to == 0 ? 0 : of / to;
}

/// Lets as many files be open as may be, and makes sure that this is enough.
void raise_limits(const chat_load::plan& plan) {
    constexpr rlim_t ours = 16;
    const rlim_t needed = plan.members + plan.stalled + ours;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= needed) return;
    files.rlim_cur = std::min(needed, files.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < needed)
        throw std::invalid_argument("so many members need " + std::to_string(needed) +
                                    " open files; the most here are " +
                                    std::to_string(files.rlim_max) + " (ulimit -Hn)");
}

/// A line for a person at a terminal, which goes when the work is done.
class progress_line {
public:
    progress_line() = default;
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    ~progress_line() { show(""); }

    void show(const std::string& text) const {
        if (visible_) std::cerr << "\r\x1b[K" << text << std::flush;
    }

private:
    bool visible_ = ::isatty(STDERR_FILENO) == 1;
};

void add_deliveries(report& out, const tally& all, clock::duration time) {
    const auto deliveries = static_cast<double>(all.deliveries);
    out["messages"] = all.sent;
    out["seconds"] = rounded(seconds(time));
    out["deliveries"] = all.deliveries;
    out["deliveries_per_second"] = std::llround(ratio(deliveries, seconds(time)));
    out["bytes_per_second"] = std::llround(ratio(static_cast<double>(all.bytes), seconds(time)));
    for (const auto& [name, share] : {std::pair("p50", 0.5), {"p99", 0.99}, {"p99.9", 0.999}})
        out[std::string("latency_us_") + name] = microseconds(all.times.at(share));
    out["latency_us_max"] = microseconds(all.times.most());
    out["gaps"] = all.gaps;
    out["duplicates"] = all.duplicates;
    out["disordered"] = all.disordered;
    out["missing"] = all.missing;
}

void add_usage(report& out, const tally& all, const process_usage& before,
               const process_usage& after) {
    const auto deliveries = static_cast<double>(all.deliveries);
    const double user = after.user - before.user;
    const double system = after.system - before.system;
    out["server_user_seconds"] = rounded(user);
    out["server_system_seconds"] = rounded(system);
    out["server_user_us_per_delivery"] = rounded(ratio(user * 1e6, deliveries));
    out["server_system_us_per_delivery"] = rounded(ratio(system * 1e6, deliveries));
}

void print(const report& out, bool json) {
    if (json) {
        std::cout << out.dump() << std::endl;
        return;
    }
    for (const auto& [name, value] : out.items())
        std::cout << std::left << std::setw(31) << name << ' ' << value << '\n';
    std::cout << std::flush;
}

/// Returns: whether all heard everything, once and in order, to the end.
bool is_flawless(const tally& all) {
    return all.gaps + all.duplicates + all.disordered + all.missing + all.dropped == 0;
}

clock::time_point end_after(std::optional<double> time) {
    if (!time) return clock::time_point::max();
    return clock::now() +
           std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(*time));
}

asio::awaitable<int> work(asio::io_context& io, const options& options) {
    const std::vector<pid_t> self{::getpid()};
    const progress_line line;
    chat_load::crowd crowd(io.get_executor(), options.plan,
                           [&line](const std::string& text) { line.show(text); });
    asio::signal_set signals(io);
    tasks::heed(signals, SIGINT, SIGTERM);
    signals.async_wait([&](std::error_code cancelled, int) {
        if (cancelled) return;
        crowd.interrupt();
        signals.clear(); // the next one ends us
    });

    const process_usage empty = usage_of(options.servers);
    const auto start = clock::now();
    co_await crowd.join();
    const auto joined = clock::now();
    co_await crowd.settle();
    const auto settled = clock::now();
    const process_usage before = usage_of(options.servers);
    const double own_before = usage_of(self).processor();
    if (options.idle)
        co_await crowd.say_all(clock::time_point::max(), 1);
    else if (options.rate == 0)
        co_await crowd.say_all(end_after(options.seconds), options.messages);
    else
        co_await crowd.say_at(options.rate, end_after(options.seconds), options.messages);
    const process_usage after = usage_of(options.servers);
    const double own_after = usage_of(self).processor();

    const tally& all = crowd.so_far();
    report out;
    out["members"] = options.plan.members;
    out["join_seconds"] = rounded(seconds(joined - start));
    add_deliveries(out, all, std::max(settled, all.last_delivery) - settled);
    out["dropped"] = all.dropped;
    if (options.plan.stalled != 0) {
        out["stalled"] = options.plan.stalled;
        out["stalled_dropped"] = all.stalled_dropped;
    }
    out["own_cpu_seconds"] = rounded(own_after - own_before);
    if (!options.servers.empty()) {
        const auto size = static_cast<double>(options.plan.members + options.plan.stalled);
        const double grown =
            static_cast<double>(before.resident) - static_cast<double>(empty.resident);
        add_usage(out, all, before, after);
        out["server_bytes_per_member"] = std::llround(grown / size);
    }
    line.show("");
    print(out, options.json);
    if (options.idle) co_await crowd.hold(end_after(options.seconds));
    if (is_flawless(all)) co_return program::done;
    program::complain("not all members heard everything once, in order, to the end");
    co_return program::failed;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("chat_load",
                      "Joins many members to a chat server, lets some of them talk, and measures "
                      "what all of them hear.");
    options options;
    chat_load::plan& plan = options.plan;
    constexpr double most = 10'000'000;
    line.add("servers", plan.servers,
             "HOST:PORT or unix:PATH; members take turns where these are several that share their "
             "rooms")
        .named("ADDRESS")
        .required();
    line.add("--members", plan.members, "how many join and read").named("N").between(1, most);
    line.add("--stalled", plan.stalled, "how many more join and never read again")
        .named("N")
        .between(0, most);
    line.add("--senders", plan.senders, "how many of the members talk").named("N").between(1, most);
    line.add("--size", plan.size, "of a message's text").in_bytes().between(1, most);
    line.add("--room", plan.room, "which room they join").named("NAME");
    auto rate = line.add("--rate", options.rate,
                         "messages a second, in all; 0: as many as all members hear")
                    .named("N")
                    .between(0, most_amount);
    line.add("--window", plan.window, "messages on their way at once, without a --rate")
        .named("N")
        .between(1, most)
        .excludes(rate);
    auto time = line.add("--seconds", options.seconds, "how long they talk [5]")
                    .named("N")
                    .between(0, most_amount);
    auto count = line.add("--messages", options.messages, "how many they say, instead of --seconds")
                     .named("N")
                     .between(0, most_size)
                     .excludes(time);
    line.add_flag("--idle", options.idle,
                  "say one message, then stay for --seconds, or until interrupted")
        .excludes(count)
        .excludes(rate);
    line.add("--pid", options.servers,
             "the server's process, where that is on this machine: tell what it uses")
        .named("N");
    line.add_flag("--json", options.json, "print one JSON object instead of lines");
    line.add_example("chat_load 127.0.0.1:7000 --members 1000", "as much as a thousand can hear");
    line.add_example("chat_load 127.0.0.1:7000 --members 1000 --rate 500 --seconds 30",
                     "how long a message takes at 500 a second");
    return line.run(argc, argv, [&] {
        if (plan.senders > plan.members)
            throw std::invalid_argument("there cannot be more --senders than --members");
        if (!options.idle && !options.seconds && options.messages == 0) options.seconds = 5;
        return contact::run([&](asio::io_context& io) {
            raise_limits(plan);
            return work(io, options);
        });
    });
}
