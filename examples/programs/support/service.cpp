// SPDX-License-Identifier: MIT
#include "support/service.hpp"

#include <framing/net/server.hpp>

#include "support/gatekeeper.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/token.hpp"

#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace service {
namespace {

namespace net = framing::net;
using server = net::server<transport>;

constexpr std::chrono::seconds trim_interval{10};

framing::deadlines::duration seconds(double count) {
    return std::chrono::duration_cast<framing::deadlines::duration>(
        std::chrono::duration<double>(count));
}

server::options_type server_options(const options& options, asio::io_context& io) {
    server::options_type result;
    result.connection = options.connection;
    result.connection.times = {.authentication = seconds(options.auth_timeout),
                               .frame = seconds(options.frame_timeout),
                               .silence = seconds(options.idle_timeout),
                               .write_stall = seconds(options.write_timeout)};
    result.connections = options.connections;
    result.per_address = options.per_address;
    result.authenticates = true;
    if (!options.goodbye.is_null()) result.goodbye = options.goodbye;
    result.log = [](net::log_level level, const std::string& line) {
        switch (level) {
        case net::log_level::info: return spdlog::info(line);
        case net::log_level::warning: return spdlog::warn(line);
        case net::log_level::error: return spdlog::error(line);
        }
    };
    result.on_abort = [&io] { io.stop(); };
    result.on_stopped = [&io] { io.stop(); };
    if (options.tls.given()) {
        const auto context = std::make_shared<asio::ssl::context>(tls::make_context(options.tls));
        result.make_stream = [context](net::stream_socket socket) {
            return transport(std::move(socket), *context);
        };
        result.handshake = [](transport& stream) -> asio::awaitable<void> {
            co_await stream.tls()->async_handshake(asio::ssl::stream_base::server,
                                                   asio::use_awaitable);
        };
    }
    return result;
}

/// A violation of the format is the last thing a client says, and it is told which.
asio::awaitable<void> serve(const handler& handle, gatekeeper& gate, connection& peer) {
    const std::optional<std::string> proof = co_await gate.let_in(peer);
    if (!proof) co_return;
    peer.authenticated();
    const bool greeted = proof == gatekeeper::by_token;
    const client who{peer, *proof,
                     greeted ? nlohmann::json()
                             : gate.welcome()}; // GCC 12 loses temporaries that are awaited with
    std::exception_ptr failure;
    try {
        co_await handle(who);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && !answer_fault(peer)) std::rethrow_exception(failure);
}

/// Gives back what bursts have left behind, which the allocator would keep for the next.
asio::awaitable<void> trim_memory(asio::any_io_executor executor) {
    asio::steady_timer timer(executor);
    for (;;) {
        timer.expires_after(trim_interval);
        co_await timer.async_wait(asio::use_awaitable);
        ::malloc_trim(0);
    }
}

int bad_usage(const CLI::App& app, const std::string& why) {
    program::complain(app, why);
    return program::bad_usage;
}

} // namespace

void add_options(CLI::App& app, options& options) {
    app.option_defaults()->always_capture_default();
    app.add_option("--listen", options.listen, "HOST:PORT (0: a free port) or unix:PATH")
        ->type_name("ADDRESS");
    app.add_option("--connections", options.connections, "at once, in all; 0: no limit")
        ->type_name("N");
    app.add_option("--per-address", options.per_address, "at once, from one address; 0: no limit")
        ->type_name("N");
    app.add_option("--token-file", options.token_file,
                   options.harmful
                       ? "where the token is; made if missing [$XDG_RUNTIME_DIR/framing-token]"
                       : "ask clients for the token there; made if missing")
        ->type_name("FILE");
    const auto add_time = [&app](const char* name, double& time, const char* what) {
        app.add_option(name, time, what)->type_name("SECONDS")->check(program::amounts);
    };
    add_time("--auth-timeout", options.auth_timeout, "to show who one is; 0: no limit");
    add_time("--frame-timeout", options.frame_timeout, "for one message to arrive; 0: no limit");
    add_time("--idle-timeout", options.idle_timeout, "without a byte received; 0: no limit");
    add_time("--write-timeout", options.write_timeout, "without a byte taken; 0: no limit");
    CLI::Option* const key = app.add_option("--tls-key", options.tls.key, "its key, PEM");
    CLI::Option* const certificate =
        app.add_option("--tls-cert", options.tls.certificate, "certificate (chain), PEM: use TLS");
    CLI::Option* const authority =
        app.add_option("--tls-client-ca", options.tls.client_authority,
                       "ask for certificates signed by these, instead of a token");
    key->needs(certificate)->type_name("FILE")->check(CLI::ExistingFile);
    certificate->needs(key)->type_name("FILE")->check(CLI::ExistingFile);
    authority->needs(certificate)->type_name("FILE")->check(CLI::ExistingFile);
}

bool answer_fault(connection& peer) {
    const framing::fault& fault = peer.error();
    if (!fault || peer.failure()) return false;
    spdlog::warn("{} {}", peer.name(), fault.message());
    static_cast<void>(peer.post(message::error(framing::name(fault.code), fault.message())));
    return true;
}

int run(const CLI::App& app, const options& options, const handler& handle) {
    std::optional<net::stream_endpoint> endpoint;
    try {
        endpoint = net::resolve_local(net::address::parse(options.listen));
    } catch (const std::system_error& error) {
        return bad_usage(app, "--listen " + options.listen + ": " + error.code().message());
    } catch (const std::invalid_argument& error) {
        return bad_usage(app, std::string("--listen ") + error.what());
    }
    if (options.harmful && !net::is_local(*endpoint) && !options.tls.given())
        return bad_usage(app, "--listen " + options.listen +
                                  ": others could reach it there; use TLS (--tls-cert, --tls-key), "
                                  "or listen on loopback, such as 127.0.0.1:0, or on unix:PATH");

    std::signal(SIGPIPE, SIG_IGN); // writing to who is gone is an error, not the end
    std::signal(SIGXFSZ, SIG_IGN); // and so is a file that may not grow
    spdlog::set_default_logger(spdlog::stderr_logger_st(app.get_name()));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    std::string token;
    if (options.tls.given() && !options.tls.client_authority.empty())
        token.clear(); // the handshake has asked for more
    else if (!options.token_file.empty())
        token = token::read_or_make(options.token_file);
    else if (options.harmful)
        token = token::read_or_make(token::default_path());

    nlohmann::json welcome{{"type", "welcome"}, {"server", options.name}, {"version", 1}};
    welcome.update(options.welcome.is_null() ? nlohmann::json::object() : options.welcome);
    asio::io_context io(1);
    const std::shared_ptr<void> kept = options.begin ? options.begin(io) : nullptr;
    gatekeeper gate(token, welcome);
    server server(
        io.get_executor(), [&](connection& peer) { return serve(handle, gate, peer); },
        server_options(options, io));
    std::string where;
    try {
        where = server.listen_at(*endpoint);
    } catch (const std::system_error& error) {
        return bad_usage(app, "cannot listen on " + options.listen + ": " + error.code().message());
    }
    server.stop_on_signals();
    asio::co_spawn(io, trim_memory(io.get_executor()), asio::detached);
    if (options.harmful && ::geteuid() == 0)
        spdlog::warn("running as root: so does whatever clients ask for");
    std::cout << "listening on " << where << std::endl;
    io.run();
    return program::done;
}

} // namespace service
