// SPDX-License-Identifier: MIT
#pragma once

#include <framing/liveness.hpp>

#include "support/command_line.hpp"
#include "support/connection.hpp"
#include "support/program.hpp"
#include "support/tls.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

class transport;

/// What all clients have in common: how they reach a server and show who they are.
namespace contact {

/// The server will not have it: its words.
class refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr int no_connection = 255;

/// There is no connection (any more).
class disconnected : public program::failure {
public:
    explicit disconnected(const std::string& why) : failure(no_connection, why) {}
};

/// What is thrown where an address, as it was typed, cannot be resolved or connected to.
[[nodiscard]] disconnected unreachable(const std::string& server, const std::error_code& why);

struct options {
    std::string server;
    std::string kind; // of the server, as its welcome says it; empty: any
    std::string token_file;
    bool always_token = false; // the server always asks for one, so there is one to be found
    tls::client_files tls;
    double connect_timeout = 10; // seconds
    /// A server is trusted with more than a stranger: it may be silent and slow.
    framing::deadlines times{.frame = {}, .silence = {}, .write_stall = {}};
};

void add_options(command_line& line, options& options);

/// Connects and makes sure of the server, which is told nothing yet.
///
/// Throws: as reach.
asio::awaitable<transport> open(asio::any_io_executor executor, const options& options);

/// What shows who we are, as the options have it; nothing where nothing is to be shown.
/// Throws: std::runtime_error for a token that cannot be used.
[[nodiscard]] std::optional<nlohmann::json> greeting(const options& options);

/// Connects, makes sure of the server, and shows the token where one is to be shown.
///
/// `welcome`: what the server says to that.
/// Throws: disconnected, also where that takes too long; refused; std::invalid_argument for what is
/// no address; std::runtime_error for a file that cannot be used.
asio::awaitable<connection> reach(asio::any_io_executor executor, const options& options,
                                  nlohmann::json& welcome);

/// Reads the next frame.
/// Throws: disconnected if there is none.
asio::awaitable<connection::frame*> read(connection& server);

/// Makes sure that a message is the answer that is awaited, which is of this type.
/// Throws: disconnected for a goodbye; refused for an error, in its words, or anything else.
void expect(std::string_view type, const nlohmann::json& header);

/// Runs a loop until `work` is done in it. Returns: the exit code that it has come to.
/// Throws: what it throws.
int run(const std::function<asio::awaitable<int>(asio::io_context&)>& work);

} // namespace contact
