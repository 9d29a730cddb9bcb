// SPDX-License-Identifier: MIT
#pragma once

#include <framing/framing.hpp>

#include "shell/command.hpp"
#include "support/address.hpp"
#include "support/condition.hpp"
#include "support/outbox.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// One client of the shell server, from its first byte until the last of its commands has ended.
class session : public std::enable_shared_from_this<session> {
public:
    using message = framing::frame<nlohmann::json>;

    session(stream_socket socket, std::string peer, const std::string& token);

    /// Serves the client until it goes or is sent away.
    asio::awaitable<void> run();

    /// Says goodbye and ends what runs; `run` then ends.
    void stop();

    /// Ends all processes at once.
    void kill();

private:
    /// Processes are asked to end by TERM, and made to after this.
    static constexpr std::chrono::seconds kill_after{3};
    /// How long a client is given to take what is still queued for it.
    static constexpr std::chrono::seconds send_time{4};
    static constexpr std::chrono::milliseconds probe_interval{500};
    static constexpr std::size_t max_commands = 64;

    asio::awaitable<void> read();
    asio::awaitable<void> finish_half_closed();
    asio::awaitable<void> handle(const message& received);
    asio::awaitable<void> feed(std::shared_ptr<command> target, std::string_view bytes);
    void authenticate(const nlohmann::json& header);
    void execute(const nlohmann::json& header);
    void signal(command& command, const nlohmann::json& header);
    void ended(std::uint32_t id);
    void refuse(std::string_view code, const std::string& why, const nlohmann::json& header = {});

    /// The running command that the message is about, or nullptr when it was refused.
    std::shared_ptr<command> find(const nlohmann::json& header);

    void signal_all(int number);
    bool has_leftovers();
    /// Asks all processes to end, and makes them after a while.
    void terminate();
    asio::awaitable<void> drain();

    stream_socket socket_;
    std::string peer_;
    const std::string& token_;
    framing::reassembler<> incoming_;
    outbox out_;
    condition changed_;
    asio::steady_timer kill_timer_;
    std::map<std::uint32_t, std::shared_ptr<command>> commands_;
    std::vector<pid_t> leftovers_; // groups whose command has ended, but not all of its processes
    bool authenticated_ = false;
    bool dismissed_ = false; // nothing more is read from it
    bool answered_ = false;  // the message at hand adds to the outbox
    bool stopping_ = false;
    bool sent_ = false; // the outbox has ended
    bool killed_ = false;
};
