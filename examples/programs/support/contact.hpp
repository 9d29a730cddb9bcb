// SPDX-License-Identifier: MIT
#pragma once

#include "support/tls.hpp"
#include "support/transport.hpp"

#include <CLI/CLI.hpp>
#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <stdexcept>
#include <string>

/// What all clients have in common: how they reach a server and show who they are.
namespace contact {

/// The server will not have it: its words.
class refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// There is no connection (any more).
class disconnected : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::string server;
    std::string token_file;
    bool always_token = false; // the server always asks for one, so there is one to be found
    tls::client_files tls;
    /// A server is trusted with more than a stranger: it may be silent and slow.
    framing::deadlines times{.frame = {}, .silence = {}, .write_stall = {}};
};

void add_options(CLI::App& app, options& options);

/// Connects, makes sure of the server, and shows the token where one is to be shown.
///
/// `welcome`: what the server says to that.
/// Throws: disconnected; refused; std::invalid_argument for what is no address;
/// std::runtime_error for a file that cannot be used.
asio::awaitable<connection> reach(asio::any_io_executor executor, const options& options,
                                  nlohmann::json& welcome);

/// Reads the next frame.
/// Throws: disconnected if there is none.
asio::awaitable<framing::frame<>*> read(connection& server);

/// Does `work` to its end.
///
/// Returns: its exit code, or that of what went wrong, which the user is told.
int run(const CLI::App& app, const std::function<asio::awaitable<int>(asio::io_context&)>& work);

/// How a failure is told to the user. Returns: the exit code. Pre: inside a catch block.
int explain(const CLI::App& app);

inline constexpr int no_connection = 255;

} // namespace contact
