// SPDX-License-Identifier: MIT
#pragma once

#include "support/tls.hpp"
#include "support/transport.hpp"

#include <CLI/CLI.hpp>
#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

/// What all servers have in common: their options, how they let clients in, and how they end.
namespace service {

struct options {
    // What the program is.
    std::string name;       // as in {"type":"welcome","server":name}
    bool harmful = false;   // always asks who a client is, and hides from strangers
    nlohmann::json welcome; // what else a welcome says
    nlohmann::json goodbye; // what a client is told when the server stops; null: the handler does
    framing::net::connection_options connection; // but for what its user wants
    /// What is to be done before it listens. Returns: what is kept until the end.
    std::function<std::shared_ptr<void>(asio::io_context&)> begin;

    // What its user wants.
    std::string listen = "127.0.0.1:0";
    std::string token_file;
    std::size_t connections = 1024;
    std::size_t per_address = 64;
    double auth_timeout = 20; // seconds, as all of these
    double frame_timeout = 30;
    double idle_timeout = 300;
    double write_timeout = 30;
    tls::server_files tls;
};

/// A client that was let in.
struct client {
    connection& peer;
    std::string proof;      // how it showed who it is, for the log
    nlohmann::json welcome; // for an `auth` still to come, of one whose certificate has done
};

using handler = std::function<asio::awaitable<void>(const client&)>;

void add_options(CLI::App& app, options& options);

/// Tells a client what it did wrong, if it violated the format and can still be told.
/// Returns: whether it was that.
bool answer_fault(connection& peer);

/// Listens, says so, and serves until a signal. What the handler throws ends its connection; a
/// violation of the format is answered before.
///
/// Returns: the program's exit code.
int run(const CLI::App& app, const options& options, const handler& handle);

} // namespace service
