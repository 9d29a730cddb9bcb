// SPDX-License-Identifier: MIT
#include "support/status.hpp"

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/listener.hpp>

#include "support/from_seconds.hpp"
#include "support/log.hpp"
#include "support/metrics.hpp"
#include "system/memory.hpp"
#include "system/signals.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

namespace net = framing::net;

/// Where to serve metrics.
/// Throws: std::invalid_argument; std::system_error where a name cannot be looked up.
std::vector<net::stream_endpoint> endpoints_of(const status::options& options) {
    auto endpoints = net::resolve_local(net::address::parse(options.metrics));
    if (!options.to_others && !std::ranges::all_of(endpoints, net::is_local))
        throw std::invalid_argument("others could read them there; listen on loopback, such as "
                                    "127.0.0.1:0, or say --metrics-to-others");
    return endpoints;
}

} // namespace

void status::add_options(command_line& line, options& options) {
    line.begin_section("Statistics");
    line.add("--stats", options.interval,
             "how often to log them, besides at SIGUSR1 and at the end; 0: not")
        .in_seconds()
        .between(0, most_amount);
    line.add("--metrics", options.metrics, "serve them to Prometheus at HOST:PORT or unix:PATH")
        .named("ADDRESS");
    line.add_flag("--metrics-to-others", options.to_others,
                  "also where other machines can read them");
    line.begin_section("");
}

status::status(asio::io_context& io, const options& wanted, std::function<std::size_t()> update)
    : update_(std::move(update)), signals_(io), next_(io.get_executor()) {
    if (const auto question = signals::of_question()) tasks::heed(signals_, *question);
    tasks::at_each(signals_, [this](int) { log(); });
    if (wanted.interval != 0) log_each(from_seconds<tasks::clock::duration>(wanted.interval));
    if (wanted.metrics.empty()) return;
    try {
        const auto text = [this] {
            const std::size_t connections = update_();
            return to_metrics(counted(), {connections, resident_memory()});
        };
        const std::string where = metrics::serve(io, endpoints_of(wanted), text);
        logging::info("metrics at {}", where);
    } catch (const std::exception& error) {
        throw std::invalid_argument("--metrics " + wanted.metrics + ": " + error.what());
    }
}

void status::log() const {
    const std::size_t connections = update_();
    logging::info("{}", to_line(counted(), {connections, resident_memory()}));
}

void status::log_each(tasks::clock::duration interval) {
    next_.set(interval, [this, interval] {
        log();
        log_each(interval);
    });
}
