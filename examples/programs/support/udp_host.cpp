// SPDX-License-Identifier: MIT
#include "support/udp_host.hpp"

#include <framing/net/address.hpp>

#include "support/log.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace udp {
namespace {

asio::ip::udp::socket bound(asio::io_context& io, const std::string& listen) {
    try {
        const endpoint where = resolve(listen);
        return asio::ip::udp::socket(io, where);
    } catch (const std::exception& error) {
        throw std::invalid_argument("cannot listen on " + listen + ": " + error.what());
    }
}

asio::awaitable<void> stop_on(asio::signal_set& signals, asio::io_context& io, const socket& frames,
                              const std::function<void()>& goodbye) {
    const int signal = co_await tasks::next(signals);
    goodbye();
    logging::info("stopping on signal {}; {} datagrams were no frame", signal, frames.dropped());
    io.stop();
}

} // namespace

host::host(asio::io_context& io, const std::string& listen, std::size_t most)
    : io_(io), frames_(bound(io, listen), most) {
    program::begin_with_ordinary_signals();
    logging::start();
}

int host::run(const std::function<void()>& goodbye) {
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    tasks::spawn(io_.get_executor(), stop_on(signals, io_, frames_, goodbye));
    std::cout << "listening on " << framing::net::to_string(frames_.socket().local_endpoint())
              << std::endl;
    io_.run();
    program::ignore_more_signals();
    return program::done;
}

} // namespace udp
