// SPDX-License-Identifier: MIT
#include "framecat/reception.hpp"

#include <framing/net/address.hpp>

#include "framecat/ends.hpp"
#include "framecat/origin.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace framecat {

namespace net = framing::net;

namespace {

constexpr std::chrono::seconds longest_handshake{10};

asio::awaitable<void> shake_hands(transport& guest) {
    std::error_code error;
    co_await tls::shake_hands(guest, tls::side::server, error);
    if (error) throw std::system_error(error);
}

/// A port alone is one of this machine.
std::string whole_address(const std::string& typed) {
    return net::to_port(typed) ? "127.0.0.1:" + typed : typed;
}

} // namespace

void add_options(command_line& line, reception_options& options) {
    line.add("--connections", options.connections, "at once; 0: no limit").named("N");
    const auto add_file = [&line](const char* name, std::string& file, const char* what) {
        return line.add(name, file, what).named("FILE").existing_file();
    };
    auto key = add_file("--tls-key", options.tls.key, "its key, PEM");
    auto certificate = add_file("--tls-cert", options.tls.certificate,
                                "certificate (chain), PEM: use TLS with those who connect");
    key.needs(certificate);
    certificate.needs(key);
    add_file("--tls-client-ca", options.tls.client_authority,
             "let nobody in but with a certificate signed by these")
        .needs(certificate);
}

reception::reception(asio::io_context& io, const reception_options& options, bool only_local,
                     outlet& notes)
    : io_(io), options_(options), notes_(notes), ended_(io.get_executor()) {
    if (options.tls.given()) tls_.emplace(tls::make_context(options.tls));
    const std::string address = whole_address(options.address);
    try {
        listen(address, only_local);
    } catch (const std::system_error& error) {
        throw std::invalid_argument("cannot listen on " + address + ": " + error.code().message());
    }
}

void reception::listen(const std::string& address, bool only_local) {
    std::vector<net::stream_endpoint> endpoints = net::resolve_local(net::address::parse(address));
    if (only_local && !tls_ && !std::ranges::all_of(endpoints, net::is_local))
        throw std::invalid_argument("cannot listen on " + address +
                                    ": others could reach what is behind it; use TLS (--tls-cert, "
                                    "--tls-key), or an address of this machine, such as "
                                    "127.0.0.1:0");
    for (const net::stream_endpoint& endpoint : endpoints) {
        net::stream_endpoint where = endpoint;
        if (!doors_.empty()) { // all that a name stands for have the same port
            asio::ip::tcp::endpoint with_port = net::to_tcp(endpoint);
            with_port.port(net::to_tcp(doors_.front()->endpoint()).port());
            where = with_port;
        }
        doors_.push_back(
            std::make_unique<net::listener>(io_.get_executor(), where, endpoints.size() > 1));
    }
    std::cerr << "listening on " << net::to_string(doors_.front()->endpoint()) << std::endl;
}

void reception::open(host handler) {
    host_ = std::move(handler);
    for (const auto& door : doors_) tasks::spawn(io_.get_executor(), accept(*door));
}

asio::awaitable<std::size_t> reception::next_to_end() {
    co_await ended_.wait();
    co_return present_;
}

asio::awaitable<void> reception::until_told_to_stop() {
    asio::signal_set signals(io_);
    tasks::heed(signals, SIGINT, SIGTERM);
    co_await tasks::next(signals);
}

asio::awaitable<void> reception::accept(net::listener& door) {
    while (true) {
        if (options_.connections != 0 && present_ >= options_.connections)
            notes_.note({}, "the next has to wait: there are " + std::to_string(present_) +
                                " connections (--connections)");
        while (options_.connections != 0 && present_ >= options_.connections)
            co_await ended_.wait();
        co_await notes_.room(); // for those about the next
        net::stream_socket socket(io_);
        net::stream_endpoint peer;
        const std::error_code error = co_await door.accept(socket, peer);
        if (error) continue;
        ++present_;
        const auto guest = tls_ ? std::make_shared<transport>(std::move(socket), *tls_)
                                : std::make_shared<transport>(std::move(socket));
        tasks::spawn(io_.get_executor(), have(guest, ++number_), [this](std::exception_ptr) {
            --present_;
            ended_.notify();
        });
    }
}

asio::awaitable<void> reception::have(std::shared_ptr<transport> guest, std::uint64_t number) {
    const origin from{.connection = number};
    std::string why;
    try {
        if (tls_) {
            asio::awaitable<void> work = shake_hands(*guest);
            co_await tasks::within(longest_handshake, std::move(work));
        }
        co_await host_(guest, number);
    } catch (const std::exception& error) {
        why = error.what();
    }
    if (!why.empty()) notes_.note(from, why);
    end(*guest, false);
}

} // namespace framecat
