// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/connection_options.hpp>

#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/dialect.hpp"
#include "support/status.hpp"
#include "support/tls.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What all servers have in common: their options, how they let clients in, and how they end.
namespace service {

struct options {
    // What the program is.
    std::string name;       // as in {"type":"welcome","server":name}
    bool harmful = false;   // always asks who a client is, and hides from strangers
    nlohmann::json welcome; // what else a welcome says
    bool goodbye = true;    // a client is told when the server stops; else the handler does
    framing::net::connection_options connection; // but for what its user wants
    /// How clients speak, where it is not by frames; they know the token by a line or, of the user
    /// who runs the server, need none.
    std::function<std::unique_ptr<dialect>(bool asks_token)> make_dialect;

    // What its user wants.
    std::string listen = "127.0.0.1:0";
    std::string token_file;
    std::size_t connections = 1024;
    std::size_t per_address = 64;
    std::size_t memory = 256 * 1024 * 1024;
    double auth_timeout = 20; // seconds, as all of these
    double frame_timeout = 30;
    double idle_timeout = 300;
    double write_timeout = 30;
    tls::server_files tls;
    ::status::options status;
};

/// A client that was let in.
struct client {
    connection& peer;
    std::string proof;      // how it showed who it is, for the log
    nlohmann::json welcome; // for an `auth` still to come, of one whose certificate has done
};

using handler = std::function<asio::awaitable<void>(const client&)>;

void add_options(command_line& line, options& options);

/// Tells a client what it did wrong, if it violated the format and can still be told.
/// Returns: whether it was that.
bool answer_fault(connection& peer);

/// A server, from its options to its end.
class host {
public:
    /// Looks at the options, begins the log and finds the token.
    /// Throws: std::invalid_argument for options that cannot be; std::runtime_error for a file that
    /// cannot be used.
    host(asio::io_context& io, const options& options);

    /// Listens, says so, and serves until a signal. What the handler throws ends its connection; a
    /// violation of the format is answered before.
    ///
    /// Returns: the program's exit code.
    /// Throws: std::invalid_argument where it cannot listen.
    int run(const handler& handle);

private:
    asio::io_context& io_;
    const options& options_;
    std::vector<framing::net::stream_endpoint> endpoints_;
    std::string token_;
};

} // namespace service
