// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "shell/audit.hpp"
#include "shell/child.hpp"
#include "shell/command.hpp"
#include "shell/policy.hpp"
#include "shell/process.hpp"
#include "shell/request.hpp"
#include "support/connection.hpp"
#include "support/service.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One client of the shell server that was let in, until the last of its commands has ended.
class session {
public:
    /// `running`: how many commands of all clients do, with those that only left some of their
    /// group behind. `audit`: nullptr for none.
    session(const service::client& client, const policy& policy, audit* audit,
            std::size_t& running);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    /// Kills what is left.
    ~session();

    /// Serves the client until it goes or is sent away, and ends what it has started.
    asio::awaitable<void> run();

private:
    /// Processes are asked to end by TERM, and made to after this.
    static constexpr std::chrono::seconds kill_after{3};

    struct refusal {
        std::string_view code;
        std::string why;
    };

    asio::awaitable<void> serve();
    asio::awaitable<void> finish_half_closed();
    asio::awaitable<void> handle(const connection::frame& received);
    asio::awaitable<void> feed(std::shared_ptr<command> target, std::string_view bytes);
    asio::awaitable<void> execute(const request::exec& wanted);
    asio::awaitable<void> start(std::shared_ptr<command> made, nlohmann::json entry,
                                std::chrono::milliseconds time_limit);
    /// Why the policy is against a command, as a code and a reason; else, which program it is.
    std::optional<refusal> apply_policy(const request::exec& wanted, child_options& options);
    std::shared_ptr<command> make_command(const request::exec& wanted, child process);
    /// Has a line that a shell is given in the log and in the audit, as any command.
    /// Returns: why it cannot be; empty where it is there.
    asio::awaitable<std::string> record(std::string_view line, pid_t shell);
    void send(command& command, request::signal signal);
    void resize(command& command, const request::resize& wanted);
    void ended(std::uint32_t id, const command::summary& summary);
    /// `id`: of the command that the message refused is about, if it says which.
    void refuse(std::string_view code, const std::string& why, std::optional<std::uint32_t> id);
    void post(const nlohmann::json& header);

    /// The running command that a message is about, or nullptr when that was refused.
    std::shared_ptr<command> find(std::optional<std::uint32_t> id);

    void signal_all(int number);
    bool has_leftovers();
    void forget_leftovers();
    /// Asks all processes to end, and makes them after a while.
    asio::awaitable<void> end_processes();

    connection& peer_;
    std::string proof_;
    nlohmann::json welcome_; // null once it was said
    const policy& policy_;
    audit* audit_;
    std::size_t& running_;
    // A command has ended or is gone, or the client may have gone; shared with what outlives us.
    std::shared_ptr<framing::net::condition> changed_;
    std::map<std::uint32_t, std::shared_ptr<command>> commands_;
    std::vector<std::weak_ptr<command>> ending_; // their exit was sent, but they still look at us
    std::vector<process> leftovers_;             // which have ended, but not all of their groups
    tasks::alarm leftovers_alarm_;
    bool answered_ = false; // the message at hand adds to what is sent
};
