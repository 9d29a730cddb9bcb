// SPDX-License-Identifier: MIT
#include "support/service.hpp"

#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/liveness.hpp>
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/error.hpp>
#include <framing/net/listener.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>

#include "support/from_seconds.hpp"
#include "support/gatekeeper.hpp"
#include "support/log.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/statistics.hpp"
#include "support/status.hpp"
#include "support/tasks.hpp"
#include "support/tls_keys.hpp"
#include "support/token.hpp"
#include "support/transport.hpp"
#include "system/local_user.hpp"
#include "system/memory.hpp"
#include "system/own_user.hpp"
#include "system/signals.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace service {
namespace {

namespace net = framing::net;
using server = net::server<transport, framing::header_view>;

constexpr std::chrono::seconds clean_up_interval{10};

constexpr auto seconds = from_seconds<framing::deadlines::duration>;

logging::level to_logging(net::log_level level) {
    switch (level) {
    case net::log_level::warning: return logging::level::warning;
    case net::log_level::error: return logging::level::error;
    case net::log_level::info: break;
    }
    return logging::level::info;
}

/// How a connection has ended, where that was not its client's wish.
void count_end(const connection& peer) {
    const std::error_code why = peer.failure();
    if (peer.error())
        ++counted().faults;
    else if (why && why != net::errc::closed && why.category() == net::category())
        ++counted().dropped;
}

/// Has a client understood as the server's clients speak.
transport translated(transport stream, const options& options, bool asks_token) {
    if (!options.make_dialect) return stream;
    const auto user = local_user_of(stream.lowest_layer());
    stream.translate(options.make_dialect(asks_token && user != own_user()));
    return stream;
}

server::options_type server_options(const options& options, bool asks_token, asio::io_context& io) {
    server::options_type result;
    result.connection = options.connection;
    result.connection.times = {.authentication = seconds(options.auth_timeout),
                               .frame = seconds(options.frame_timeout),
                               .silence = seconds(options.idle_timeout),
                               .write_stall = seconds(options.write_timeout)};
    result.connections = options.connections;
    result.per_address = options.per_address;
    result.memory = options.memory;
    result.authenticates = true;
    framing::fault none;
    if (options.goodbye)
        result.goodbye = framing::header_view::parse(R"({"type":"bye"})", framing::limits(), none);
    result.log = [](net::log_level level, const std::string& line) {
        const std::size_t space = line.find(' ');
        if (level == net::log_level::warning && space != line.npos)
            logging::warn_about(std::string_view(line).substr(0, space), line.substr(space + 1));
        else
            logging::write(to_logging(level), line);
    };
    result.on_abort = [&io] { io.stop(); };
    result.on_stopped = [&io] { io.stop(); };
    result.make_stream = [&options, asks_token](net::stream_socket socket) {
        ++counted().connections;
        return translated(transport(std::move(socket)), options, asks_token);
    };
    if (options.tls.given()) {
        const auto context = std::make_shared<tls::context>(tls::make_context(options.tls));
        if (const std::string keys = tls::key_file(); !keys.empty())
            logging::warn("SSLKEYLOGFILE: whoever can read {} can read all that is sent", keys);
        result.make_stream = [&options, asks_token, context](net::stream_socket socket) {
            ++counted().connections;
            return translated(transport(std::move(socket), *context), options, asks_token);
        };
        result.handshake = [](transport& stream) -> asio::awaitable<void> {
            std::error_code error;
            co_await tls::shake_hands(stream, tls::side::server, error);
            if (tls::is_plain(error)) co_await tls::answer_plain(stream);
            if (error) throw std::system_error(error);
        };
    }
    return result;
}

/// A violation of the format is the last thing a client says, and it is told which.
asio::awaitable<void> serve(const handler& handle, gatekeeper& gate, connection::framed& frames) {
    connection peer(frames);
    std::optional<std::string> proof;
    std::exception_ptr failure;
    try {
        proof = co_await gate.let_in(peer);
        if (proof) {
            peer.authenticated();
            const bool greeted = proof == gatekeeper::by_token;
            const client who{peer, *proof,
                             greeted ? nlohmann::json()
                                     : gate.welcome()}; // GCC 12 loses temporaries that are awaited
            co_await handle(who);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    count_end(peer);
    const bool answered = proof && failure && answer_fault(peer);
    if (failure && !answered) std::rethrow_exception(failure);
}

/// Gives back what bursts have left behind, which the allocator would keep for the next, and says
/// what they have left out of the log.
asio::awaitable<void> clean_up() {
    for (;;) {
        co_await tasks::pause(clean_up_interval);
        give_memory_back();
        logging::summarize();
    }
}

/// Where to listen.
/// Throws: std::invalid_argument.
std::vector<net::stream_endpoint> endpoints_of(const options& options) {
    const auto refuse = [&](const std::string& why) {
        throw std::invalid_argument("--listen " + options.listen + ": " + why);
    };
    std::vector<net::stream_endpoint> endpoints;
    try {
        endpoints = net::resolve_local(net::address::parse(options.listen));
    } catch (const std::system_error& error) {
        refuse(error.code().message());
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(std::string("--listen ") + error.what());
    }
    if (options.harmful && !std::ranges::all_of(endpoints, net::is_local) && !options.tls.given())
        refuse("others could reach it there; use TLS (--tls-cert, --tls-key), or listen on "
               "loopback, such as 127.0.0.1:0, or on unix:PATH");
    return endpoints;
}

/// What a client has to know; nothing where none is asked.
std::string token_of(const options& options) {
    if (options.tls.given() && !options.tls.client_authority.empty())
        return {}; // the handshake has asked for more
    if (!options.token_file.empty()) return token::read_or_make(options.token_file);
    if (options.harmful) return token::read_or_make(token::default_path());
    return {};
}

nlohmann::json welcome_of(const options& options) {
    nlohmann::json welcome{{"type", "welcome"}, {"server", options.name}, {"version", 1}};
    if (!options.welcome.is_null()) welcome.update(options.welcome);
    return welcome;
}

} // namespace

void add_options(command_line& line, options& options) {
    line.add("--listen", options.listen, "HOST:PORT (0: a free port) or unix:PATH")
        .named("ADDRESS");
    line.begin_section("Clients");
    line.add("--connections", options.connections, "at once, in all; 0: no limit").named("N");
    line.add("--per-address", options.per_address, "at once, from one address; 0: no limit")
        .named("N");
    line.add("--memory", options.memory,
             "that bytes of all clients may take while they wait; 0: no limit")
        .in_bytes()
        .between(0, most_size);
    line.add("--token-file", options.token_file,
             options.harmful
                 ? "where the token is; made if missing [$XDG_RUNTIME_DIR/framing-token]"
                 : "ask clients for the token there; made if missing")
        .named("FILE");
    const auto add_time = [&line](const char* name, double& time, const char* what) {
        line.add(name, time, what).in_seconds().between(0, most_amount);
    };
    add_time("--auth-timeout", options.auth_timeout, "to show who one is; 0: no limit");
    add_time("--frame-timeout", options.frame_timeout, "for one message to arrive; 0: no limit");
    add_time("--idle-timeout", options.idle_timeout, "without a byte received; 0: no limit");
    add_time("--write-timeout", options.write_timeout, "without a byte taken; 0: no limit");
    status::add_options(line, options.status);
    line.begin_section("TLS");
    const auto add_file = [&line](const char* name, std::string& file, const char* what) {
        return line.add(name, file, what).named("FILE").existing_file();
    };
    auto certificate =
        add_file("--tls-cert", options.tls.certificate, "certificate (chain), PEM: use TLS");
    auto key = add_file("--tls-key", options.tls.key, "its key, PEM");
    key.needs(certificate);
    certificate.needs(key);
    add_file("--tls-client-ca", options.tls.client_authority,
             "ask for certificates signed by these, instead of a token")
        .needs(certificate);
    line.begin_section("");
}

bool answer_fault(connection& peer) {
    const framing::fault& fault = peer.error();
    if (!fault || peer.failure()) return false;
    logging::warn_about(peer.name(), fault.message());
    static_cast<void>(peer.post(message::error(framing::name(fault.code), fault.message())));
    return true;
}

host::host(asio::io_context& io, const options& options)
    : io_(io), options_(options), endpoints_(endpoints_of(options)) {
    signals::begin_ordinarily();
    logging::start();
    token_ = token_of(options);
}

int host::run(const handler& handle) {
    gatekeeper gate(token_, welcome_of(options_), bool(options_.make_dialect));
    server server(
        io_.get_executor(), [&](connection::framed& frames) { return serve(handle, gate, frames); },
        server_options(options_, !token_.empty(), io_));
    std::uint64_t refused = 0;
    std::uint64_t dropped = 0; // of those that the layer below has counted
    const status reports(io_, options_.status, [&] {
        counted().refused += server.refused() - std::exchange(refused, server.refused());
        counted().dropped += server.dropped() - std::exchange(dropped, server.dropped());
        return server.connections();
    });
    std::string where;
    try {
        where = server.listen_at(endpoints_);
    } catch (const std::system_error& error) {
        throw std::invalid_argument("cannot listen on " + options_.listen + ": " +
                                    error.code().message());
    }
    server.stop_on_signals();
    tasks::spawn(io_.get_executor(), clean_up());
    if (options_.harmful && own_user() == superuser)
        logging::warn("running as root: so does whatever clients ask for");
    std::cout << "listening on " << where << std::endl;
    io_.run();
    reports.log();
    logging::finish();
    signals::ignore_more();
    return program::done;
}

} // namespace service
