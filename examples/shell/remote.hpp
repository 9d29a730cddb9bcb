// SPDX-License-Identifier: MIT
#pragma once

#include <framing/framing.hpp>

#include "shell/standard_input.hpp"
#include "support/address.hpp"
#include "support/condition.hpp"
#include "support/outbox.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// The server will not have it: its words.
class refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// There is no connection (any more).
class disconnected : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A shell server, and the commands run there one after the other.
class remote {
public:
    struct job {
        std::string command;
        std::string directory;                           // empty: the server's own
        std::map<std::string, std::string> environment;  // on top of the server's own
        bool with_input = false;                         // our standard input is the command's
        std::function<void(std::string_view)> on_output; // standard output; ours when empty
    };

    /// Connects and shows the token.
    /// Throws: disconnected, refused.
    remote(const address& where, const std::string& token);

    /// Runs one command to its end. An interrupt from the keyboard is passed on; two within a
    /// second give up.
    ///
    /// Returns: its exit status, or 128 + N where signal N ended it.
    /// Throws: disconnected, refused.
    int run(const job& wanted);

    /// The end of our standard input that went to the last command, but was not read there.
    [[nodiscard]] const std::string& unread_input() const { return unread_; }

private:
    using message = framing::frame<nlohmann::json>;

    static constexpr std::size_t recent_size = 1024 * 1024;

    /// Reads messages until `take` says that it has what it wants.
    template <class Take>
    asio::awaitable<void> receive(Take take);
    asio::awaitable<void> authenticate(const std::string& token);
    asio::awaitable<void> execute(const job& wanted);
    asio::awaitable<void> forward_input(std::uint32_t id);
    asio::awaitable<void> forward_interrupts(std::uint32_t id);
    bool take(const message& received, const job& wanted);
    void run_to_end(asio::awaitable<void> task);

    asio::io_context io_{1};
    stream_socket socket_;
    outbox out_;
    framing::reassembler<> incoming_;
    standard_input input_;
    std::optional<asio::signal_set> interrupts_;
    std::uint32_t id_ = 0;
    int status_ = 0;
    bool running_ = false;
    std::optional<std::size_t> window_; // bytes of input on the way at most, if the server counts
    std::size_t sent_ = 0;              // bytes of input to this command
    std::size_t taken_ = 0;             // of those, what the server has passed on
    std::string recent_input_;          // at least the last recent_size bytes sent
    std::string unread_;
    condition window_moved_;
};
