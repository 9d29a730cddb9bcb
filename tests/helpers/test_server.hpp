// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/error.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>

#include "event_loop.hpp"
#include "named_frames.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

/// A server for one test, and what its clients do.
namespace helpers {

using framing::net::stream_socket;

using client = framing::net::connection<stream_socket>;
using server = framing::net::server<>;
using options_type = framing::net::server_options<>;

inline asio::awaitable<void> echo(client& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

/// Does as the frames' names say.
inline asio::awaitable<void> obey(client& peer) {
    while (const auto* frame = co_await peer.read()) {
        const std::string name = frame->header.at("name");
        if (name == "authenticate") peer.authenticated();
        if (name == "throw") throw std::runtime_error("as you like");
        if (name == "throw something") throw 7;
        if (name == "abort") peer.abort();
        if (name == "throw closed") throw std::system_error(framing::net::errc::closed);
        if (name == "abort and throw") {
            peer.abort();
            throw std::runtime_error("on second thoughts");
        }
        if (name == "leave") co_return;
        const json answer = named(name);
        co_await peer.write(answer, frame->body);
    }
    // After a stop there is still something to say.
    const json last = named("last words");
    co_await peer.write(last);
}

inline asio::awaitable<client> dial(loop&, std::string where) {
    return framing::net::connect(where);
}

/// Says something, and returns what the answer is; nothing after the end, or an error.
inline asio::awaitable<std::string> ask(client& peer, std::string name, std::string body = {}) {
    using asio::redirect_error;
    using asio::use_awaitable;
    const json header = named(name);
    std::error_code error;
    co_await peer.write(header, body, redirect_error(use_awaitable, error));
    const auto* frame = co_await peer.read(redirect_error(use_awaitable, error));
    if (error || frame == nullptr) co_return std::string();
    co_return shown(*frame);
}

/// Waits until the peer has ended the connection. Returns: what it said before.
inline asio::awaitable<names> hear_out(client& peer) {
    names heard;
    std::error_code error;
    while (const auto* frame = co_await peer.read(asio::redirect_error(asio::use_awaitable, error)))
        heard.push_back(shown(*frame));
    co_return heard;
}

/// A server and its log.
struct place {
    explicit place(server::handler_type handler = obey, options_type options = {})
        : host(io.executor(), std::move(handler), [&] {
              options.log = [this](framing::net::log_level, const std::string& line) {
                  lines.push_back(line);
              };
              return options;
          }()) {}

    std::string listen(std::string_view where) { return host.listen(where); }

    [[nodiscard]] std::ptrdiff_t lines_with(std::string_view text) const {
        return std::count_if(lines.begin(), lines.end(),
                             [&](const std::string& line) { return line.find(text) != line.npos; });
    }

    loop io;
    std::vector<std::string> lines;
    server host;
};

} // namespace helpers
