// SPDX-License-Identifier: MIT
#include "support/udp_host.hpp"

#include <framing/net/address.hpp>
#include <framing/net/datagram.hpp>

#include "support/log.hpp"
#include "support/program.hpp"
#include "support/statistics.hpp"
#include "support/tasks.hpp"
#include "system/signals.hpp"

#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace udp {
namespace {

std::list<socket> bound(asio::io_context& io, const std::string& listen, std::size_t most) {
    try {
        std::list<socket> result;
        for (auto& each :
             framing::net::bind_at(io.get_executor(), framing::net::address::parse(listen)))
            result.emplace_back(std::move(each), most);
        return result;
    } catch (const std::exception& error) {
        throw std::invalid_argument("cannot listen on " + listen + ": " + error.what());
    }
}

std::uint64_t dropped(const std::list<socket>& sockets) {
    std::uint64_t result = 0;
    for (const socket& each : sockets) result += each.dropped();
    return result;
}

asio::awaitable<void> stop_on(asio::signal_set& signals, asio::io_context& io,
                              const std::list<socket>& sockets,
                              const std::function<void()>& goodbye) {
    const int signal = co_await tasks::next(signals);
    goodbye();
    logging::info("stopping on signal {}; {} datagrams were no frame", signal, dropped(sockets));
    io.stop();
}

} // namespace

void add_options(command_line& line, host_options& options) {
    line.add("--listen", options.listen, "HOST:PORT (0: a free port)").named("ADDRESS");
    status::add_options(line, options.status);
}

host::host(asio::io_context& io, const host_options& options, std::size_t most)
    : io_(io), options_(options), sockets_(bound(io, options.listen, most)) {
    signals::begin_ordinarily();
    logging::start();
}

int host::run(const std::function<void()>& goodbye, const std::function<std::size_t()>& members) {
    const status reports(io_, options_.status, [&] {
        counted().faults = dropped(sockets_);
        return members();
    });
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    tasks::spawn(io_.get_executor(), stop_on(signals, io_, sockets_, goodbye));
    std::cout << "listening on "
              << framing::net::to_string(sockets_.front().socket().local_endpoint()) << std::endl;
    io_.run();
    reports.log();
    signals::ignore_more();
    return program::done;
}

} // namespace udp
