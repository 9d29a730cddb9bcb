// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/detail/admission.hpp>
#include <framing/net/detail/doors.hpp>
#include <framing/net/detail/flush_group.hpp>
#include <framing/net/detail/from_now.hpp>
#include <framing/net/detail/held_bytes.hpp>
#include <framing/net/error.hpp>
#include <framing/net/server_options.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace framing::inline v0::net::detail {

/// All of a server but the handle: it lives as long as a connection of it does.
template <class Stream, class Header>
class server_state : public std::enable_shared_from_this<server_state<Stream, Header>> {
public:
    using connection_type = connection<Stream, Header>;
    using options_type = server_options<Stream, Header>;
    using handler_type = std::function<asio::awaitable<void>(connection_type&)>;

    server_state(asio::any_io_executor executor, handler_type handler, options_type options)
        : executor_(std::move(executor)), handler_(std::move(handler)),
          options_(std::move(options)), endings_(executor_), stop_timer_(executor_),
          doors_(executor_, options_.shares_port),
          admission_({.connections = options_.connections,
                      .per_network = options_.per_address,
                      .unauthenticated = options_.unauthenticated,
                      .grace = options_.grace},
                     static_cast<std::uint64_t>(now().time_since_epoch().count())) {}

    [[nodiscard]] bool is_stopping() const { return stopping_; }
    [[nodiscard]] std::size_t connections() const { return guests_.size(); }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    std::string listen_at(const std::vector<stream_endpoint>& endpoints) {
        if (stopping_) throw system_error(errc::closed, "the server has stopped");
        if (doors_.have(endpoints.front())) return to_string(endpoints.front());
        if (!held_)
            held_ = std::make_shared<held_bytes>(options_.memory, [self = this->weak_from_this()] {
                if (const shared here = self.lock()) here->make_room();
            });
        const std::vector<doors::door> opened = doors_.open(endpoints);
        for (const doors::door& each : opened) spawn(accept(this->shared_from_this(), each));
        return to_string(opened.front()->endpoint());
    }

    void stop_on_signals() {
        endings_.add(SIGINT);
        endings_.add(SIGTERM);
        spawn(wait_for_signals(this->shared_from_this()));
    }

    void stop() {
        if (std::exchange(stopping_, true)) return;
        doors_.close();
        for (auto& [who, peer] : guests_) peer.stop();
        if (guests_.empty()) return stopped();
        stop_timer_.expires_at(from_now(options_.stop_time));
        stop_timer_.async_wait([self = this->shared_from_this()](error_code all_gone) {
            if (!all_gone) self->abort();
        });
    }

    void abort() {
        close();
        if (options_.on_abort) options_.on_abort();
    }

    /// Ends all at once, and tells nobody.
    void close() {
        stopping_ = true;
        aborted_ = true;
        doors_.close();
        for (auto& [who, peer] : guests_) peer.abort();
        stop_timer_.cancel();
        if (guests_.empty()) endings_.cancel();
    }

    /// No signals any more.
    void ignore_signals() { endings_.cancel(); }

private:
    using shared = std::shared_ptr<server_state>;
    using ticket = admission::ticket;

    static admission::time_point now() { return std::chrono::steady_clock::now(); }

    /// A log that throws has lost a line, and nothing else is.
    void log(log_level level, const std::string& line) const {
        try {
            if (options_.log) options_.log(level, line);
        } catch (...) {
            return;
        }
    }

    /// A server that cannot listen any more should not look as if it did: what throws here leaves
    /// the executor's loop.
    void spawn(asio::awaitable<void> work) {
        asio::co_spawn(executor_, std::move(work), [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        });
    }

    static asio::awaitable<void> accept(shared self, doors::door door) {
        std::string trouble;
        while (door->is_open()) {
            // Without memory for one connection there may still be some for the next.
            bool failed = false;
            try {
                if (!trouble.empty()) self->log(log_level::warning, std::exchange(trouble, {}));
                stream_socket socket(self->executor_);
                stream_endpoint endpoint;
                const error_code error = co_await door->accept(socket, endpoint);
                if (!door->is_open()) break;
                if (error)
                    trouble = "cannot accept a connection: " + error.message();
                else
                    self->welcome(std::move(socket), endpoint);
            } catch (const std::exception&) {
                failed = true;
            }
            if (!failed) continue;
            co_await door->pause();
            trouble = "cannot serve a connection";
        }
    }

    void welcome(stream_socket socket, const stream_endpoint& endpoint) {
        std::string name = to_string(endpoint);
        std::ranges::replace(name, ' ', '?'); // it is one word in the log, and a path may have some
        const auto [admitted, dropped] = admission_.enter(network_of(endpoint), now());
        if (dropped) drop(*dropped);
        if (!admitted) {
            ++refused_;
            return log(log_level::warning, name + " refused: too many connections");
        }
        const ticket who = *admitted;
        try {
            connection_options options = options_.connection;
            options.name = name;
            options.flushes = flushes_;
            options.held = held_;
            options.handshake_first = options_.handshake != nullptr;
            options.on_authenticated = [this, who] { admission_.authenticated(who); };
            if (options_.authenticates)
                options.limits_before_authentication = options_.limits_before_authentication;
            connection_type& peer =
                guests_.try_emplace(who, make_stream(std::move(socket)), options).first->second;
            asio::co_spawn(
                executor_, serve(this->shared_from_this(), who, peer),
                [self = this->shared_from_this(), who, &peer](const std::exception_ptr& error) {
                    if (error) self->report(peer, error);
                    self->leave(who);
                });
        } catch (...) {
            admission_.leave(who, now());
            guests_.erase(who);
            throw;
        }
    }

    void drop(ticket who) {
        const auto found = guests_.find(who);
        if (found != guests_.end()) drop(found->second, "too many have not authenticated");
    }
    void drop(connection_type& peer, const std::string& why) {
        ++dropped_;
        log(log_level::warning, peer.name() + " dropped: " + why);
        peer.abort();
    }

    /// From the executor's loop, as whoever calls may be in the midst of something.
    void make_room() noexcept {
        try {
            asio::post(executor_, [self = this->shared_from_this()] {
                while (self->held_->are_too_many() && self->drop_who_holds_most()) {
                }
                self->held_->settled();
            });
        } catch (...) { // there is no memory: with the next change
            held_->settled();
        }
    }

    /// Returns: whether there was one.
    bool drop_who_holds_most() {
        std::map<std::string, std::size_t> networks;
        const auto held = [](const auto& guest) {
            return guest.second.failure() ? 0 : guest.second.held();
        };
        const auto network = [&](const auto& guest) -> std::size_t& {
            return networks[admission_.origin_of(guest.first)];
        };
        for (const auto& each : guests_) network(each) += held(each);
        const auto worst = std::ranges::max_element(
            guests_, {}, [&](const auto& each) { return std::pair(network(each), held(each)); });
        if (worst == guests_.end() || held(*worst) == 0) return false;
        drop(worst->second,
             std::to_string(held_->total()) +
                 " bytes wait in all connections, most of them of its network, and " +
                 std::to_string(held(*worst)) + " here");
        return true;
    }

    Stream make_stream(stream_socket socket) const {
        if constexpr (std::is_constructible_v<Stream, stream_socket>)
            if (!options_.make_stream) return Stream(std::move(socket));
        return options_.make_stream(std::move(socket));
    }

    static asio::awaitable<void> serve(shared self, ticket who, connection_type& peer) {
        const options_type& options = self->options_;
        self->log(log_level::info, peer.name() + " connected");
        if (options.handshake) co_await options.handshake(peer.stream());
        if (!options.authenticates) peer.authenticated();
        try {
            co_await self->handler_(peer);
        } catch (...) {
            if (!peer.error()) throw;
            self->report(peer, std::current_exception());
        } // and what came before a bad frame is answered
        if (self->stopping_ && options.goodbye && !peer.error() &&
            self->admission_.is_authenticated(who))
            static_cast<void>(peer.post(*options.goodbye));
        error_code error;
        co_await peer.close(asio::redirect_error(asio::use_awaitable, error));
        if (error && !peer.error()) throw system_error(error);
    }

    /// One line for what ended a connection; none where whoever ended it has said so.
    void report(const connection_type& peer, const std::exception_ptr& error) const {
        const std::string name = peer.name() + ' ';
        const error_code failure = peer.failure();
        const bool closed = failure == errc::closed; // here, and a handler may throw all the same
        if (!closed && peer.error()) return log(log_level::warning, name + peer.error().message());
        // A peer may go as it likes.
        if (failure == asio::error::connection_reset || failure == asio::error::broken_pipe)
            return log(log_level::info, name + failure.message());
        if (!closed && failure) return log(log_level::warning, name + failure.message());
        try {
            std::rethrow_exception(error);
        } catch (const system_error& reason) {
            // Another connection's end, as that of a relay's other side, is news.
            if (!closed || reason.code() != errc::closed)
                log(log_level::warning, name + reason.what());
        } catch (const std::exception& reason) {
            log(log_level::warning, name + reason.what());
        } catch (...) {
            log(log_level::error, name + "something unknown was thrown");
        }
    }

    void leave(ticket who) {
        const auto found = guests_.find(who);
        log(log_level::info, found->second.name() + " disconnected");
        admission_.leave(who, now());
        guests_.erase(found);
        if (stopping_ && guests_.empty()) stopped();
    }

    void stopped() {
        stop_timer_.cancel();
        endings_.cancel();
        if (const auto action = std::exchange(options_.on_stopped, nullptr)) action();
    }

    static asio::awaitable<void> wait_for_signals(shared self) {
        error_code over;
        bool asked = false;
        do {
            const int signal =
                co_await self->endings_.async_wait(asio::redirect_error(asio::use_awaitable, over));
            if (over) co_return;
            if (self->aborted_) { // it is the system's again
                self->endings_.clear();
                std::raise(signal);
            } else if (std::exchange(asked, true)) {
                self->abort();
            } else {
                self->log(log_level::info, "stopping on signal " + std::to_string(signal));
                self->stop();
            }
        } while (!self->guests_.empty());
    }

    asio::any_io_executor executor_;
    handler_type handler_;
    options_type options_;
    asio::signal_set endings_; // signals to end
    asio::steady_timer stop_timer_;
    doors doors_;
    admission admission_;
    std::map<ticket, connection_type> guests_;
    std::shared_ptr<held_bytes> held_; // since it listens
    std::shared_ptr<flush_group> flushes_ = std::make_shared<flush_group>(executor_);
    std::uint64_t refused_ = 0;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
    bool aborted_ = false;
};

} // namespace framing::inline v0::net::detail
