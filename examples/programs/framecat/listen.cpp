// SPDX-License-Identifier: MIT
#include "framecat/listen.hpp"

#include <framing/net/condition.hpp>

#include "framecat/dissector.hpp"
#include "framecat/ends.hpp"
#include "framecat/frame_line.hpp"
#include "framecat/origin.hpp"
#include "framecat/outlet.hpp"
#include "framecat/typed_frames.hpp"
#include "framecat/wire_options.hpp"
#include "support/contact.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/timestamp.hpp"
#include "support/transport.hpp"

#include <asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framecat {
namespace {

/// All who are connected.
class audience {
public:
    audience(asio::io_context& io, const listen_options& options)
        : options_(options), outlet_(io, options.view), typed_(io, options.wire),
          reception_(io, options.reception, false, outlet_), changed_(io.get_executor()) {
        reception_.open([this](const std::shared_ptr<transport>& guest, std::uint64_t number) {
            return hear(guest, number);
        });
        tasks::spawn(io.get_executor(), speak());
    }

    asio::awaitable<int> run() {
        using namespace asio::experimental::awaitable_operators;
        if (options_.once)
            co_await (reception_.until_told_to_stop() || reception_.next_to_end());
        else
            co_await reception_.until_told_to_stop();
        co_await outlet_.last_words();
        co_return typed_.failed() || broken_ ? program::failed : program::done;
    }

private:
    /// Shows what one of them says.
    asio::awaitable<void> hear(std::shared_ptr<transport> guest, std::uint64_t number) {
        const origin from{number, origin::side::client, current_time};
        outlet_.note(from, "has connected from " + peer_of(*guest));
        guests_.emplace(number, guest);
        changed_.notify();
        const auto view = outlet_.view_of(from);
        dissector frames(options_.wire, *view);
        std::vector<std::byte> chunk(64 * 1024);
        std::error_code error;
        bool more = true;
        while (more) {
            const std::size_t size = co_await read(*guest, chunk, error);
            if (size == 0) break;
            more = frames.feed(std::span(chunk).first(size));
            co_await outlet_.room();
        }
        guests_.erase(number);
        if (!error) co_await say_goodbye(*guest);
        broken_ = static_cast<bool>(frames.finish());
        if (error)
            outlet_.note(from, "has broken the connection: " + error.message());
        else
            outlet_.note(from, broken_ ? "is sent away, as what it sends is broken: " +
                                             frames.error().message()
                                       : "has ended");
    }

    /// As far as it is taken; what is under way to it may be stuck.
    static asio::awaitable<void> say_goodbye(transport& guest) {
        constexpr std::chrono::seconds longest{1};
        asio::awaitable<void> work = end_sending(guest);
        try {
            co_await tasks::within(longest, std::move(work));
        } catch (const std::system_error&) { // it is not taken
        }
    }

    /// Sends each frame that is typed to all of them, as soon as there are any; the slowest sets
    /// the pace.
    asio::awaitable<void> speak() {
        while (true) {
            while (guests_.empty()) co_await changed_.wait();
            const std::optional<std::string> frame = co_await typed_.next();
            if (!frame) break;
            while (guests_.empty()) co_await changed_.wait();
            const auto all = guests_; // which change meanwhile
            for (const auto& [number, guest] : all) {
                std::error_code gone; // which shows where it is read from
                co_await write(*guest, *frame, gone);
            }
        }
    }

    const listen_options& options_;
    outlet outlet_;
    typed_frames typed_;
    reception reception_;
    framing::net::condition changed_;
    std::map<std::uint64_t, std::shared_ptr<transport>> guests_;
    bool broken_ = false; // what the last of them sent
};

asio::awaitable<int> hear_all(asio::io_context& io, const listen_options& options) {
    const auto all = std::make_unique<audience>(io, options);
    co_return co_await all->run();
}

} // namespace

void add_options(command_line& line, listen_options& options) {
    line.add("address", options.reception.address, "HOST:PORT (0: a free port), PORT or unix:PATH")
        .named("ADDRESS");
    add_options(line, options.reception);
    add_options(line, options.view);
    line.add_flag("--once", options.once, "end with the first connection");
    add_options(line, options.wire);
    add_body_limit(line, options.wire);
    line.add_note("A line of standard input is a frame, as encode takes it, for all who are "
                  "connected then; the first waits for the first of them.");
    line.add_example("framecat listen --once > stream.json", "keep what the first client sends");
    line.add_example("framecat listen 7000", "show what clients send");
}

int listen(const listen_options& options) {
    return contact::run([&](asio::io_context& io) { return hear_all(io, options); });
}

} // namespace framecat
