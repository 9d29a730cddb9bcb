// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/from_now.hpp>
#include <framing/net/error.hpp>
#include <framing/net/listener.hpp>
#include <framing/net/server_options.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace framing::inline v0::net {

/// A coroutine for each connection.
///
///     asio::awaitable<void> echo(connection<stream_socket>& peer) {
///         while (const auto* frame = co_await peer.read())
///             co_await peer.write(frame->header, frame->body);
///     }
///     server<> server(io.get_executor(), echo);
///     std::cout << "listening on " << server.listen("127.0.0.1:0") << std::endl;
///
/// When the handler returns, what is queued still leaves; when it throws, that connection ends, and
/// nothing else does. All of it runs on one executor, which has to be a strand where several
/// threads run its context.
template <class Stream = stream_socket, class Header = nlohmann::json>
class server {
public:
    using connection_type = connection<Stream, Header>;
    using options_type = server_options<Stream, Header>;
    using handler_type = std::function<asio::awaitable<void>(connection_type&)>;

    server(asio::any_io_executor executor, handler_type handler, options_type options = {})
        : state_(std::make_shared<state>(std::move(executor), std::move(handler),
                                         std::move(options))) {}
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    /// Aborts what is left.
    ~server() {
        close_all(*state_);
        state_->endings.cancel();
    }

    /// Listens at an address more.
    ///
    /// Returns: the address, with the port that was taken where port 0 was asked for.
    /// Throws: std::invalid_argument, system_error; after a stop it is errc::closed.
    std::string listen(std::string_view where) {
        return listen_at(resolve_local(address::parse(where)));
    }
    std::string listen_at(const stream_endpoint& endpoint) {
        if (state_->stopping) throw system_error(errc::closed, "the server has stopped");
        const auto door = std::make_shared<listener>(state_->executor, endpoint);
        state_->doors.push_back(door);
        asio::co_spawn(state_->executor, accept(state_, door), end_loudly);
        return to_string(door->endpoint());
    }

    /// Stops on SIGINT or SIGTERM; a second one aborts; where something still runs then, as a
    /// handler that waits for something else, the next one ends the process.
    void stop_on_signals() {
        state_->endings.add(SIGINT);
        state_->endings.add(SIGTERM);
        asio::co_spawn(state_->executor, wait_for_signals(state_), end_loudly);
    }

    /// Accepts no more, lets reads give no more frames, and ends every connection when its handler
    /// has returned and what is queued has left. What then still runs after the stop time is
    /// aborted.
    void stop() { stop(state_); }

    /// Ends all at once.
    void abort() { abort(state_); }

    [[nodiscard]] bool stopping() const { return state_->stopping; }
    [[nodiscard]] std::size_t connections() const { return state_->guests.size(); }

private:
    /// How long nobody has to make room for others.
    static constexpr std::chrono::seconds patience{1};

    struct guest {
        std::string host; // empty where it does not count
        std::unique_ptr<connection_type> peer;
        bool authenticated = false;
        std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    };

    struct state {
        state(asio::any_io_executor run_on, handler_type handle, options_type allowed)
            : executor(std::move(run_on)), handler(std::move(handle)), options(std::move(allowed)),
              endings(executor), stop_timer(executor) {}

        asio::any_io_executor executor;
        handler_type handler;
        options_type options;
        asio::signal_set endings; // signals to end
        asio::steady_timer stop_timer;
        std::list<std::shared_ptr<listener>> doors;
        std::list<guest> guests; // the oldest first
        std::map<std::string, std::size_t> hosts;
        std::size_t unauthenticated = 0;
        bool stopping = false;
        bool aborted = false;
    };
    using shared_state = std::shared_ptr<state>;
    using place = typename std::list<guest>::iterator;

    /// A log that throws has lost a line, and nothing else is.
    static void log(const state& at, log_level level, const std::string& line) {
        try {
            if (at.options.log) at.options.log(level, line);
        } catch (...) {
            return;
        }
    }

    /// A server that cannot listen any more should not look as if it did: what throws here leaves
    /// the executor's loop.
    static void end_loudly(const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    }

    static asio::awaitable<void> accept(shared_state at, std::shared_ptr<listener> door) {
        std::string trouble;
        while (door->is_open()) {
            // Without memory for one connection there may still be some for the next.
            bool failed = false;
            try {
                if (!trouble.empty()) log(*at, log_level::warning, std::exchange(trouble, {}));
                stream_socket socket(at->executor);
                stream_endpoint endpoint;
                const error_code error = co_await door->accept(socket, endpoint);
                if (!door->is_open()) break;
                if (error)
                    trouble = "cannot accept a connection: " + error.message();
                else
                    welcome(at, std::move(socket), endpoint);
            } catch (const std::exception&) {
                failed = true;
            }
            if (!failed) continue;
            co_await door->pause();
            trouble = "cannot serve a connection";
        }
    }

    static void welcome(const shared_state& at, stream_socket socket,
                        const stream_endpoint& endpoint) {
        const std::string name = to_string(endpoint);
        const std::string host =
            is_unix(endpoint) ? std::string() : to_tcp(endpoint).address().to_string();
        const auto reached = [](std::size_t count, std::size_t most) {
            return most != 0 && count >= most;
        };
        const auto known = at->hosts.find(host);
        const bool full = reached(at->guests.size(), at->options.connections);
        const bool crowded =
            known != at->hosts.end() && reached(known->second, at->options.per_address);
        if ((crowded && !drop_stranger(*at, &host, patience)) ||
            (full && !crowded && !drop_stranger(*at, nullptr, patience)))
            return log(*at, log_level::warning, name + " refused: too many connections");
        if (reached(at->unauthenticated, at->options.unauthenticated))
            drop_stranger(*at, nullptr, {});

        connection_options options = at->options.connection;
        options.name = name;
        if (at->options.authenticates)
            options.limits_before_authentication = at->options.limits_before_authentication;
        auto peer = std::make_unique<connection_type>(make_stream(*at, std::move(socket)), options);
        const place here = at->guests.insert(at->guests.end(), {host, std::move(peer)});
        ++at->unauthenticated;
        try {
            if (!host.empty()) ++at->hosts[host];
            here->peer->on_authenticated([at = at.get(), here] {
                if (!std::exchange(here->authenticated, true)) --at->unauthenticated;
            });
            asio::co_spawn(at->executor, serve(at, here),
                           [at, here](const std::exception_ptr& error) {
                               if (error) report(*at, *here, error);
                               leave(*at, here);
                           });
        } catch (...) {
            leave(*at, here);
            throw;
        }
    }

    /// Makes room: the oldest of those that have not authenticated goes, if it had `time` to.
    static bool drop_stranger(state& at, const std::string* host,
                              std::chrono::steady_clock::duration time) {
        const auto now = std::chrono::steady_clock::now();
        for (guest& each : at.guests) {
            if (each.authenticated || each.peer->failure() || now - each.since < time ||
                (host != nullptr && each.host != *host))
                continue;
            log(at, log_level::warning,
                each.peer->name() + " dropped: too many have not authenticated");
            each.peer->abort();
            return true;
        }
        return false;
    }

    static Stream make_stream(const state& at, stream_socket socket) {
        if constexpr (std::is_constructible_v<Stream, stream_socket>)
            if (!at.options.make_stream) return Stream(std::move(socket));
        return at.options.make_stream(std::move(socket));
    }

    static asio::awaitable<void> serve(shared_state at, place here) {
        log(*at, log_level::info, here->peer->name() + " connected");
        connection_type& peer = *here->peer;
        if (at->options.handshake) co_await at->options.handshake(peer.stream());
        if (!at->options.authenticates) peer.authenticated();
        try {
            co_await at->handler(peer);
        } catch (...) {
            if (!peer.error()) throw;
            report(*at, *here, std::current_exception());
        } // and what came before a bad frame is answered
        if (at->stopping && here->authenticated && at->options.goodbye && !peer.error())
            static_cast<void>(peer.post(*at->options.goodbye));
        error_code error;
        co_await peer.close(asio::redirect_error(asio::use_awaitable, error));
        if (error && !peer.error()) throw system_error(error);
    }

    /// One line for what ended a connection; none where whoever ended it has said so.
    static void report(const state& at, const guest& who, const std::exception_ptr& error) {
        const std::string name = who.peer->name() + ' ';
        const error_code failure = who.peer->failure();
        if (failure == errc::closed) return;
        if (who.peer->error())
            return log(at, log_level::warning, name + who.peer->error().message());
        // A peer may go as it likes.
        if (failure == asio::error::connection_reset || failure == asio::error::broken_pipe)
            return log(at, log_level::info, name + failure.message());
        if (failure) return log(at, log_level::warning, name + failure.message());
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& reason) {
            log(at, log_level::warning, name + reason.what());
        } catch (...) {
            log(at, log_level::error, name + "something unknown was thrown");
        }
    }

    static void leave(state& at, place here) {
        log(at, log_level::info, here->peer->name() + " disconnected");
        if (!here->authenticated) --at.unauthenticated;
        if (const auto host = at.hosts.find(here->host); host != at.hosts.end())
            if (--host->second == 0) at.hosts.erase(host);
        at.guests.erase(here);
        if (at.stopping && at.guests.empty()) stopped(at);
    }

    static void stopped(state& at) {
        at.stop_timer.cancel();
        at.endings.cancel();
        if (const auto action = std::exchange(at.options.on_stopped, nullptr)) action();
    }

    static asio::awaitable<void> wait_for_signals(shared_state at) {
        error_code over;
        bool asked = false;
        do {
            const int signal =
                co_await at->endings.async_wait(asio::redirect_error(asio::use_awaitable, over));
            if (over) co_return;
            if (at->aborted) { // it is the system's again
                at->endings.clear();
                std::raise(signal);
            } else if (std::exchange(asked, true)) {
                abort(at);
            } else {
                log(*at, log_level::info, "stopping on signal " + std::to_string(signal));
                stop(at);
            }
        } while (!at->guests.empty());
    }

    static void stop(const shared_state& at) {
        if (std::exchange(at->stopping, true)) return;
        for (const auto& door : at->doors) door->close();
        for (guest& each : at->guests) each.peer->stop();
        if (at->guests.empty()) return stopped(*at);
        at->stop_timer.expires_at(detail::from_now(at->options.stop_time));
        at->stop_timer.async_wait([at](error_code all_gone) {
            if (!all_gone) abort(at);
        });
    }

    static void abort(const shared_state& at) {
        close_all(*at);
        if (at->options.on_abort) at->options.on_abort();
    }

    static void close_all(state& at) {
        at.stopping = true;
        at.aborted = true;
        for (const auto& door : at.doors) door->close();
        for (guest& each : at.guests) each.peer->abort();
        at.stop_timer.cancel();
        if (at.guests.empty()) at.endings.cancel();
    }

    shared_state state_;
};

} // namespace framing::inline v0::net
