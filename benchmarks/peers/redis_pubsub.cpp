// SPDX-License-Identifier: MIT
// What chat_load does to a chat server, done to Redis: one publisher, many subscribers. All
// messages are of one size, so that a subscriber need only count the bytes that come: no parser
// costs less, and none is measured.
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>

#include "chat_load/latencies.hpp"
#include "chat_load/process.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using chat_load::usage_of;
using clock = std::chrono::steady_clock;
using socket = framing::net::stream_socket;

struct options {
    std::string server;
    std::size_t members = 100;
    std::size_t window = 64;
    std::size_t size = 100;
    double seconds = 5;
    std::vector<pid_t> servers;
};

/// A command, or a message as subscribers get it.
std::string command(std::initializer_list<std::string_view> words) {
    std::ostringstream text;
    text << '*' << words.size() << "\r\n";
    for (const std::string_view word : words)
        text << '$' << word.size() << "\r\n" << word << "\r\n";
    return text.str();
}

/// What all have heard, and what is on its way.
class traffic {
public:
    traffic(const asio::any_io_executor& executor, const options& options)
        : changed(executor), members_(options.members) {}

    void say() { flights_.push_back({members_, clock::now()}); }

    /// One member has heard this message.
    void hear(std::uint64_t number, clock::time_point now) {
        flight& message = flights_[number - landed_];
        times.add(now - message.said);
        ++deliveries;
        last = now;
        if (--message.listeners != 0) return;
        for (; !flights_.empty() && flights_.front().listeners == 0; ++landed_)
            flights_.pop_front();
        changed.wake();
    }

    [[nodiscard]] std::size_t on_their_way() const { return flights_.size(); }
    [[nodiscard]] std::uint64_t landed() const { return landed_; }

    tasks::sleeper changed;
    chat_load::latencies times;
    std::uint64_t deliveries = 0;
    clock::time_point last;

private:
    struct flight {
        std::size_t listeners;
        clock::time_point said;
    };

    std::size_t members_;
    std::uint64_t landed_ = 0;
    std::deque<flight> flights_;
};

/// Counts the messages that come: each has `size` bytes.
struct subscriber : std::enable_shared_from_this<subscriber> {
    subscriber(socket connected, std::size_t bytes, traffic& all)
        : stream(std::move(connected)), size(bytes), messages(all) {}

    void receive() {
        stream.async_read_some(asio::buffer(room),
                               [self = shared_from_this()](std::error_code error, std::size_t got) {
                                   if (error) throw contact::disconnected(error.message());
                                   self->received(got);
                               });
    }

    void received(std::size_t got) {
        const auto now = clock::now();
        for (part += got; part >= size; part -= size) messages.hear(heard++, now);
        receive();
    }

    socket stream;
    std::size_t size;
    traffic& messages;
    std::size_t part = 0; // of a message that has not come whole
    std::uint64_t heard = 0;
    std::array<char, 16 * 1024> room;
};

asio::awaitable<std::shared_ptr<subscriber>> subscribe(const asio::any_io_executor& executor,
                                                       const options& options, traffic& all) {
    const auto where = framing::net::address::parse(options.server);
    socket stream = co_await framing::net::connect(executor, where);
    const std::string wish = command({"SUBSCRIBE", "load"});
    co_await asio::async_write(stream, asio::buffer(wish), asio::use_awaitable);
    std::string answer(sizeof "*3\r\n$9\r\nsubscribe\r\n$4\r\nload\r\n:1\r\n" - 1, '\0');
    co_await asio::async_read(stream, asio::buffer(answer), asio::use_awaitable);
    const std::string text(options.size, 'x');
    const std::size_t size = command({"message", "load", text}).size();
    co_return std::make_shared<subscriber>(std::move(stream), size, all);
}

/// What Redis says to a PUBLISH is read, and not looked at.
asio::awaitable<void> drop_answers(socket& stream) {
    std::array<char, 16 * 1024> room;
    while (true) co_await stream.async_read_some(asio::buffer(room), asio::use_awaitable);
}

asio::awaitable<int> work(asio::io_context& io, const options& options) {
    const auto executor = io.get_executor();
    const std::vector<pid_t> self{::getpid()};
    traffic all(executor, options);
    std::vector<std::shared_ptr<subscriber>> subscribers;
    const auto empty = usage_of(options.servers);
    while (subscribers.size() != options.members) {
        auto next = co_await subscribe(executor, options, all);
        subscribers.push_back(std::move(next));
    }
    for (const auto& each : subscribers) each->receive();
    const auto where = framing::net::address::parse(options.server);
    socket publisher = co_await framing::net::connect(executor, where);
    tasks::spawn(executor, drop_answers(publisher), [](const std::exception_ptr&) {});

    const std::string text(options.size, 'x');
    const std::string publish = command({"PUBLISH", "load", text});
    const auto before = usage_of(options.servers);
    const double own_before = usage_of(self).processor();
    const auto start = clock::now();
    const auto end = start + std::chrono::duration_cast<clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
    std::string batch;
    while (clock::now() < end || all.on_their_way() != 0) {
        batch.clear();
        for (; all.on_their_way() < options.window && clock::now() < end; all.say())
            batch += publish;
        co_await asio::async_write(publisher, asio::buffer(batch), asio::use_awaitable);
        // Woken when a message has come everywhere; what had come already woke nobody.
        if (all.on_their_way() == options.window || (clock::now() >= end && all.on_their_way()))
            co_await all.changed.sleep_until(clock::now() < end ? end : clock::time_point::max());
    }
    const auto after = usage_of(options.servers);
    const double own = usage_of(self).processor() - own_before;

    const auto count = static_cast<double>(all.deliveries);
    const auto microseconds = [](chat_load::latencies::duration time) {
        return std::chrono::duration<double, std::micro>(time).count();
    };
    const double seconds = std::chrono::duration<double>(all.last - start).count();
    const double grown = static_cast<double>(before.resident) - static_cast<double>(empty.resident);
    const nlohmann::ordered_json report{
        {"members", options.members},
        {"messages", all.landed()},
        {"seconds", seconds},
        {"deliveries", all.deliveries},
        {"deliveries_per_second", count / seconds},
        {"latency_us_p50", microseconds(all.times.at(0.5))},
        {"latency_us_p99", microseconds(all.times.at(0.99))},
        {"latency_us_max", microseconds(all.times.most())},
        {"own_cpu_seconds", own},
        {"server_user_us_per_delivery", (after.user - before.user) * 1e6 / count},
        {"server_system_us_per_delivery", (after.system - before.system) * 1e6 / count},
        {"server_bytes_per_member", grown / static_cast<double>(options.members)}};
    std::cout << report.dump() << std::endl;
    co_return program::done;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("framing_redis_pubsub",
                      "Subscribes to a channel of Redis many times, publishes there and measures "
                      "what comes.");
    options options;
    line.add("server", options.server, "HOST:PORT or unix:PATH").required();
    line.add("--members", options.members, "how many subscribe");
    line.add("--window", options.window, "messages on their way at once");
    line.add("--size", options.size, "bytes of a message");
    line.add("--seconds", options.seconds, "how long to publish");
    line.add("--pid", options.servers, "the server's process");
    return line.run(argc, argv, [&] {
        return contact::run([&](asio::io_context& io) { return work(io, options); });
    });
}
