// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/condition.hpp>
#include <framing/net/listener.hpp>

#include "framecat/outlet.hpp"
#include "support/command_line.hpp"
#include "support/tls.hpp"
#include "support/transport.hpp"

#include <asio.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace framecat {

struct reception_options {
    std::string address = "127.0.0.1:0";
    std::size_t connections = 64; // at once; 0: no limit
    tls::server_files tls;
};

/// But the address, which has its place.
void add_options(command_line& line, reception_options& options);

/// Takes connections at an address, and numbers them from 1.
class reception {
public:
    /// Has a connection, which ends with it.
    using host = std::function<asio::awaitable<void>(std::shared_ptr<transport>, std::uint64_t)>;

    /// Says where it listens. `only_local`: an address that others can reach needs TLS.
    /// Throws: std::invalid_argument where it cannot listen; std::runtime_error for TLS's files.
    reception(asio::io_context& io, const reception_options& options, bool only_local,
              outlet& notes);

    /// Lets `host` have each of them.
    void open(host handler);

    /// Waits until one has ended. Returns: how many there are now.
    asio::awaitable<std::size_t> next_to_end();

    /// Waits for SIGINT or SIGTERM.
    asio::awaitable<void> until_told_to_stop();

private:
    void listen(const std::string& address, bool only_local);
    asio::awaitable<void> accept(framing::net::listener& door);
    asio::awaitable<void> have(std::shared_ptr<transport> guest, std::uint64_t number);

    asio::io_context& io_;
    const reception_options& options_;
    outlet& notes_;
    std::optional<tls::context> tls_;
    std::vector<std::unique_ptr<framing::net::listener>> doors_;
    host host_;
    std::uint64_t number_ = 0;
    std::size_t present_ = 0;
    framing::net::condition ended_;
};

} // namespace framecat
