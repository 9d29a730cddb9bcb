// SPDX-License-Identifier: MIT
#include "framecat/watch.hpp"

#include <framing/net/address.hpp>

#include "framecat/dissector.hpp"
#include "framecat/ends.hpp"
#include "framecat/origin.hpp"
#include "framecat/outlet.hpp"
#include "framecat/wire_options.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/timestamp.hpp"
#include "support/tls.hpp"
#include "support/transport.hpp"

#include <asio/experimental/awaitable_operators.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framecat {
namespace {

/// A client and the server that it is passed on to.
class relay {
public:
    relay(std::shared_ptr<transport> client, transport server, std::uint64_t number,
          const wire_options& wire, outlet& shown)
        : client_(std::move(client)), server_(std::move(server)), number_(number), wire_(wire),
          shown_(shown) {}

    /// Passes on, both ways, until both have ended, or one has gone.
    asio::awaitable<void> run() {
        using namespace asio::experimental::awaitable_operators;
        co_await (pass(*client_, server_, there_) && pass(server_, *client_, back_));
        shown_.note({.connection = number_, .clock = current_time},
                    "is over, after " + there_.said() + " there and " + back_.said() + " back");
    }

private:
    struct direction {
        origin::side from;
        std::uint64_t frames = 0;
        std::uint64_t bytes = 0;

        [[nodiscard]] std::string said() const {
            return std::to_string(frames) + (frames == 1 ? " frame (" : " frames (") +
                   std::to_string(bytes) + (bytes == 1 ? " byte)" : " bytes)");
        }
    };

    asio::awaitable<void> pass(transport& from, transport& to, direction& way) {
        const origin where{number_, way.from, current_time};
        const auto view = shown_.view_of(where);
        dissector frames(wire_, *view);
        std::vector<std::byte> chunk(64 * 1024);
        bool decoding = true;
        std::error_code error;
        while (true) {
            const std::size_t size = co_await read(from, chunk, error);
            if (size == 0) break;
            const auto bytes = std::span(chunk).first(size);
            way.bytes += size;
            if (decoding && !frames.feed(bytes)) {
                decoding = false;
                shown_.note(where, "goes on as it is, and is not looked at any more");
            }
            way.frames = frames.frames();
            co_await shown_.room();
            co_await write(to, bytes, error);
            if (error) break;
        }
        if (over_) co_return; // as the other direction has said
        frames.finish();
        const bool without_goodbye = tls::is_cut_off(error);
        if (!error || without_goodbye) {
            shown_.note(where,
                        without_goodbye ? "has ended without TLS's goodbye" : "sends no more");
            co_await end_sending(to);
        } else {
            over_ = true;
            shown_.note(where, "has broken the connection: " + error.message());
            end(*client_, true);
            end(server_, true);
        }
    }

    std::shared_ptr<transport> client_;
    transport server_;
    std::uint64_t number_;
    wire_options wire_;
    outlet& shown_;
    direction there_{origin::side::client};
    direction back_{origin::side::server};
    bool over_ = false;
};

asio::awaitable<void> serve(std::shared_ptr<transport> client, std::uint64_t number,
                            const watch_options& options, outlet& shown) {
    shown.note({number, origin::side::client, current_time},
               "has connected from " + peer_of(*client));
    transport server = co_await contact::open(client->get_executor(), options.upstream);
    const auto both =
        std::make_unique<relay>(std::move(client), std::move(server), number, options.wire, shown);
    co_await both->run();
}

asio::awaitable<int> serve_all(asio::io_context& io, const watch_options& options) {
    outlet shown(io, options.view);
    reception reception(io, options.reception, true, shown);
    reception.open([&](const std::shared_ptr<transport>& client, std::uint64_t number) {
        return serve(client, number, options, shown);
    });
    co_await reception.until_told_to_stop();
    co_await shown.last_words();
    co_return program::done;
}

} // namespace

void add_options(command_line& line, watch_options& options) {
    line.add("listen", options.reception.address, "HOST:PORT (0: a free port), PORT or unix:PATH")
        .named("LISTEN")
        .required();
    line.add("upstream", options.upstream.server, "the server: HOST:PORT or unix:PATH")
        .named("UPSTREAM")
        .required();
    add_options(line, options.reception);
    line.add_flag("--tls", options.upstream.tls.wanted,
                  "use TLS with the server; the system knows who signs for it");
    line.add("--tls-ca", options.upstream.tls.authority,
             "use TLS with the server; who signs for it, PEM")
        .named("FILE");
    line.add("--tls-pin", options.upstream.tls.pin,
             "use TLS with the server; SHA-256 of its certificate")
        .named("SHA256");
    line.add("--connect-timeout", options.upstream.connect_timeout,
             "until the server has answered; 0: no limit")
        .in_seconds()
        .between(0, most_amount);
    add_options(line, options.view);
    add_options(line, options.wire);
    line.add_note(
        "All that goes by is shown, tokens, too. What is broken is passed on as well, and "
        "not looked at any more.");
    line.add_example("framecat watch 7001 unix:/tmp/server --text | tee log", "keep it, too");
    line.add_example("framecat watch 7001 127.0.0.1:7000", "see what goes to and from a server");
    options.wire.limits.max_body_size = std::numeric_limits<std::uint64_t>::max();
    options.view.most_held = 1024 * 1024;
}

int watch(const watch_options& options) {
    // What is wrong with these is known before anybody connects.
    static_cast<void>(framing::net::address::parse(options.upstream.server));
    if (const std::string& pin = options.upstream.tls.pin; !pin.empty())
        static_cast<void>(tls::parse_pin(pin));
    if (options.upstream.tls.given()) static_cast<void>(tls::make_context(options.upstream.tls));
    return contact::run([&](asio::io_context& io) { return serve_all(io, options); });
}

} // namespace framecat
