// SPDX-License-Identifier: MIT
// Runs commands for clients that know the token, on this machine only.
//
//   shell_server --listen 127.0.0.1:7000
//   shell_client 127.0.0.1:7000 -- ls -l /tmp
#include "shell/session.hpp"
#include "support/address.hpp"
#include "support/program.hpp"
#include "support/token.hpp"

#include <asio.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <system_error>

namespace {

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;

struct options {
    std::string listen = "127.0.0.1:0";
    std::string token_file;
    std::size_t connections = 1024;
    std::size_t per_address = 64;
};

class server {
public:
    server(asio::io_context& io, const options& options, const stream_endpoint& endpoint,
           std::string token)
        : io_(io), options_(options), token_(std::move(token)), acceptor_(listen(io, endpoint)),
          signals_(io, SIGINT, SIGTERM) {}

    [[nodiscard]] std::string name() const { return to_string(acceptor_.local_endpoint()); }

    void start() {
        asio::co_spawn(io_, accept(), asio::detached);
        asio::co_spawn(io_, wait_for_signal(), asio::detached);
    }

private:
    /// What all have to be gone by, after a signal.
    static constexpr std::chrono::milliseconds stop_time{4900};

    awaitable<void> accept() {
        while (acceptor_.is_open()) {
            std::error_code error;
            stream_endpoint endpoint;
            stream_socket socket =
                co_await acceptor_.async_accept(endpoint, redirect_error(use_awaitable, error));
            if (!acceptor_.is_open()) co_return;
            if (error) {
                spdlog::warn("cannot accept a connection: {}", error.message());
                asio::steady_timer pause(io_, std::chrono::milliseconds(100));
                co_await pause.async_wait(use_awaitable);
                continue;
            }
            welcome(std::move(socket), endpoint);
        }
    }

    void welcome(stream_socket socket, const stream_endpoint& endpoint) {
        const std::string peer = to_string(endpoint);
        const std::string host = peer.substr(0, peer.rfind(':'));
        const auto reached = [](std::size_t count, std::size_t most) {
            return most != 0 && count >= most;
        };
        if (reached(sessions_.size(), options_.connections) ||
            reached(hosts_.count(host), options_.per_address)) {
            spdlog::warn("{} refused: too many connections", peer);
            return;
        }
        std::error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        const auto client = std::make_shared<session>(std::move(socket), peer, token_);
        sessions_.insert(client);
        const auto place = hosts_.insert(host);
        asio::co_spawn(io_, client->run(), [this, client, place](const std::exception_ptr&) {
            sessions_.erase(client);
            hosts_.erase(place);
            if (stopping_ && sessions_.empty()) io_.stop();
        });
    }

    awaitable<void> wait_for_signal() {
        const int signal = co_await signals_.async_wait(use_awaitable);
        spdlog::info("stopping on signal {}", signal);
        stopping_ = true;
        acceptor_.close();
        if (sessions_.empty()) io_.stop();
        for (const auto& session : sessions_) session->stop();
        asio::steady_timer deadline(io_, stop_time);
        deadline.async_wait([this](std::error_code) { stop_at_once(); });
        co_await signals_.async_wait(use_awaitable);
        stop_at_once();
    }

    void stop_at_once() {
        for (const auto& session : sessions_) session->kill();
        io_.stop();
    }

    asio::io_context& io_;
    const options& options_;
    std::string token_;
    stream_acceptor acceptor_;
    asio::signal_set signals_;
    std::set<std::shared_ptr<session>> sessions_;
    std::multiset<std::string> hosts_;
    bool stopping_ = false;
};

int serve(const CLI::App& app, const options& options) {
    stream_endpoint endpoint;
    try {
        endpoint = resolve_local(address::parse(options.listen));
    } catch (const std::exception& error) {
        program::complain(app, "--listen " + options.listen + ": " + error.what());
        return program::bad_usage;
    }
    if (!is_local(endpoint)) {
        program::complain(app, "--listen " + options.listen +
                                   ": a server that runs commands listens on loopback only, such "
                                   "as 127.0.0.1:0, or on unix:PATH");
        return program::bad_usage;
    }

    std::signal(SIGPIPE, SIG_IGN); // writing to a command that is gone is an error, not the end
    spdlog::set_default_logger(spdlog::stderr_logger_st("shell_server"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    const std::string secret = token::read_or_make(
        options.token_file.empty() ? token::default_path().string() : options.token_file);

    asio::io_context io(1);
    std::unique_ptr<server> listening;
    try {
        listening = std::make_unique<server>(io, options, endpoint, secret);
    } catch (const std::system_error& error) {
        program::complain(app,
                          "cannot listen on " + options.listen + ": " + error.code().message());
        return program::bad_usage;
    }
    if (::geteuid() == 0) spdlog::warn("running as root: so will every command");
    listening->start();
    std::cout << "listening on " << listening->name() << std::endl;
    io.run();
    if (const std::string name = to_string(endpoint); name.starts_with("unix:")) {
        const std::filesystem::path path = name.substr(name.find(':') + 1);
        if (std::filesystem::is_socket(path)) std::filesystem::remove(path);
    }
    return program::done;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Runs commands for clients on this machine that know its token, as the user who "
                 "started it.",
                 "shell_server");
    options options;
    app.option_defaults()->always_capture_default();
    app.add_option("--listen", options.listen, "loopback HOST:PORT (0: a free port) or unix:PATH");
    app.add_option("--token-file", options.token_file,
                   "where the token is; made if missing [$XDG_RUNTIME_DIR/framing-token]");
    app.add_option("--connections", options.connections, "at once, in all; 0: no limit")
        ->check(program::sizes);
    app.add_option("--per-address", options.per_address, "at once, from one address; 0: no limit")
        ->check(program::sizes);
    return program::run(app, argc, argv, [&] { return serve(app, options); });
}
