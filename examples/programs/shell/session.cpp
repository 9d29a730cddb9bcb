// SPDX-License-Identifier: MIT
#include "shell/session.hpp"

#include "shell/words.hpp"
#include "support/log.hpp"
#include "support/lookout.hpp"
#include "support/message.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr const char* system_shell = "/bin/sh";
constexpr std::size_t logged = 1024;                       // bytes of a command in the log
constexpr std::chrono::hours longest_limit{24 * 365 * 30}; // no clock's range ends before

/// How a command is to be begun, as far as its client decides.
child_options options_of(const request::exec& wanted, const policy& policy) {
    child_options options;
    options.directory = policy.directory;
    if (wanted.cwd) options.directory = std::filesystem::path(policy.directory) / *wanted.cwd;
    options.environment = wanted.env.value_or(std::map<std::string, std::string>());
    if (!wanted.pty) return options;
    options.terminal = window{wanted.pty->rows, wanted.pty->cols};
    options.environment["TERM"] = wanted.pty->term.value_or("xterm");
    return options;
}

/// The shell that runs a command or lines is the system's; a person gets his own, as when he logs
/// in.
void choose_shell(const request::exec& wanted, const policy& policy, child_options& options) {
    // So that a folder keeps the name by which it was entered.
    options.environment.try_emplace("PWD", options.directory);
    options.program = system_shell;
    if (wanted.command) {
        options.words = {system_shell, "-c", "--", *wanted.command};
    } else if (!wanted.pty) {
        options.words = {system_shell, lines_path};
        options.reads_lines = true;
    } else {
        options.program = policy.shell;
        options.words = {'-' + policy.shell.substr(policy.shell.rfind('/') + 1)};
        options.environment.try_emplace("SHELL", policy.shell);
    }
}

/// What an entry of the audit is about, for the log.
std::string what_runs(const json& entry) {
    if (const auto command = message::text_of(entry, "command"))
        return message::escaped(*command, logged);
    return "the shell " + message::text_of(entry, "shell").value_or("");
}

std::string names_of(const std::map<std::string, std::string>& programs) {
    std::string names;
    for (const auto& [name, file] : programs) names += (names.empty() ? "" : ", ") + name;
    return visible(names);
}

} // namespace

session::session(const service::client& client, const policy& policy, audit* audit,
                 std::size_t& running)
    : peer_(client.peer), proof_(client.proof), welcome_(client.welcome), policy_(policy),
      audit_(audit), running_(running),
      changed_(std::make_shared<framing::net::condition>(peer_.get_executor())),
      leftovers_alarm_(peer_.get_executor()) {}

session::~session() {
    signal_all(SIGKILL);
    running_ -= commands_.size() + leftovers_.size();
}

awaitable<void> session::run() {
    std::exception_ptr failure;
    try {
        co_await serve();
        co_await finish_half_closed();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && service::answer_fault(peer_)) failure = nullptr;
    if (peer_.stopped()) static_cast<void>(peer_.post({{"type", "bye"}}));
    co_await end_processes();
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> session::serve() {
    while (true) {
        const auto* const received = co_await peer_.read();
        if (received == nullptr) co_return;
        co_await handle(*received);
        // Who does not read the answers is not heard either: memory is bounded.
        if (std::exchange(answered_, false)) co_await peer_.room();
    }
}

/// The client may only have said all it has to say.
awaitable<void> session::finish_half_closed() {
    for (const auto& [id, command] : commands_) command->close_input();
    if (commands_.empty()) co_return;
    const lookout watch(peer_, [this] { changed_->notify(); });
    while (!peer_.stopped() && !commands_.empty() && !peer_.failure()) co_await changed_->wait();
}

awaitable<void> session::handle(const connection::frame& received) {
    const request::message message = request::parse(received.header);
    const request::any& asks = message.asks;
    if (const auto* const wrong = std::get_if<request::mistake>(&asks)) {
        refuse(wrong->code, wrong->why, message.id);
    } else if (const auto* const wanted = std::get_if<request::exec>(&asks)) {
        co_await execute(*wanted);
    } else if (std::holds_alternative<request::auth>(asks)) {
        if (welcome_.is_null())
            refuse("bad_request", "already authenticated", message.id);
        else
            post(std::exchange(welcome_, nullptr));
    } else if (const auto command = find(message.id)) {
        if (std::holds_alternative<request::input>(asks))
            co_await feed(command, received.text());
        else if (std::holds_alternative<request::input_end>(asks))
            command->close_input();
        else if (const auto* const signal = std::get_if<request::signal>(&asks))
            send(*command, *signal);
        else
            resize(*command, std::get<request::resize>(asks));
    }
}

awaitable<void> session::execute(const request::exec& wanted) {
    if (commands_.contains(wanted.id))
        co_return refuse("bad_request", "a command with this id still runs", wanted.id);

    child_options options = options_of(wanted, policy_);
    json entry{{"peer", peer_.name()}, {"who", proof_}};
    if (wanted.command)
        entry["command"] = *wanted.command;
    else
        entry["shell"] = wanted.pty ? policy_.shell : system_shell;
    if (wanted.cwd) entry["cwd"] = *wanted.cwd;
    if (wanted.env) entry["env"] = *wanted.env;
    std::optional<child> process;
    auto why_not = apply_policy(wanted, options);
    if (!why_not)
        if (const auto failure = spawn(peer_.get_executor(), options, process))
            why_not = {"spawn_failed", failure.message()};
    if (why_not) {
        logging::warn("{} ({}) may not run {}: {}", peer_.name(), proof_, what_runs(entry),
                      why_not->why);
        entry["refused"] = why_not->code;
        if (audit_ != nullptr) co_await audit_->record(entry);
        co_return refuse(why_not->code, why_not->why, wanted.id);
    }

    entry["pid"] = process->leader.number();
    const auto made = make_command(wanted, std::move(*process));
    answered_ = true; // by its exit, in the end
    const std::chrono::milliseconds time_limit(
        std::min(wanted.timeout_ms.value_or(0),
                 std::uint64_t{std::chrono::milliseconds(longest_limit).count()}));
    tasks::spawn(peer_.get_executor(), start(made, std::move(entry), time_limit),
                 [made](const std::exception_ptr& error) {
                     if (error) made->call_off("the server has no memory for it");
                 });
}

/// What else its client says does not wait for the disk; `made` keeps what it is told meanwhile.
awaitable<void> session::start(std::shared_ptr<command> made, json entry,
                               std::chrono::milliseconds time_limit) {
    std::string problem;
    if (audit_ != nullptr) problem = co_await audit_->record(entry);
    if (!problem.empty())
        co_return made->call_off(problem + "; nothing runs without its line there");
    if (peer_.stopped() || peer_.failure())
        co_return made->call_off("it was too late to begin: the client or the server ends");
    logging::info("{} ({}) runs {} as process {}", peer_.name(), proof_, what_runs(entry),
                  made->leader().number());
    made->start(time_limit);
}

awaitable<std::string> session::record(std::string_view line, pid_t shell) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.empty()) co_return "";
    std::string problem;
    if (audit_ != nullptr) {
        json entry{{"peer", peer_.name()}, {"who", proof_}, {"line", line}, {"pid", shell}};
        problem = co_await audit_->record(std::move(entry));
    }
    if (problem.empty())
        logging::info("{} process {} is given {}", peer_.name(), shell,
                      message::escaped(line, logged));
    co_return problem;
}

std::optional<session::refusal> session::apply_policy(const request::exec& wanted,
                                                      child_options& options) {
    forget_leftovers();
    const std::size_t mine = commands_.size() + leftovers_.size();
    const std::string run = " commands run already, or what they have left does";
    if (mine >= policy_.commands) return refusal{"too_many", std::to_string(mine) + run};
    if (running_ >= policy_.commands_in_all)
        return refusal{"too_many", std::to_string(running_) + run + ", of all clients"};
    options.limits = policy_.limits;
    if (policy_.allowed.empty()) {
        choose_shell(wanted, policy_, options);
        return std::nullopt;
    }
    if (!wanted.command)
        return refusal{"not_allowed", "there is no shell here: this server runs only " +
                                          names_of(policy_.allowed) + " (--allow)"};
    if (wanted.env)
        return refusal{"not_allowed",
                       "this server runs only what it was told to allow, in its own environment"};
    const auto words = split_words(*wanted.command);
    const auto known =
        words && !words->empty() ? policy_.allowed.find(words->front()) : policy_.allowed.end();
    if (known == policy_.allowed.end())
        return refusal{"not_allowed", "this server runs only what it was told to allow"};
    options.program = known->second;
    options.words = *words;
    return std::nullopt;
}

std::shared_ptr<command> session::make_command(const request::exec& wanted, child process) {
    // run() outlasts its commands, so that they need not keep us.
    const std::uint32_t id = wanted.id;
    const bool at_terminal = wanted.pty.has_value();
    command::line_recorder recorder;
    if (!wanted.command && !at_terminal)
        recorder = [this, shell = process.leader.number()](std::string_view line) {
            return record(line, shell);
        };
    const std::shared_ptr<command> made(
        new command(peer_, id, std::move(process), at_terminal, std::move(recorder),
                    [this, id](const command::summary& summary) { ended(id, summary); }),
        [changed = changed_](command* gone) {
            delete gone;
            changed->notify();
        });
    commands_[id] = made;
    ++running_;
    return made;
}

void session::ended(std::uint32_t id, const command::summary& summary) {
    const auto found = commands_.find(id);
    process& leader = found->second->leader();
    if (!summary.failure.empty())
        logging::warn("{} process {} could not run: {}", peer_.name(), leader.number(),
                      summary.failure);
    else
        logging::info("{} process {} ended: {}, {} bytes in, {} bytes out, {:.3f} s", peer_.name(),
                      leader.number(), summary.end, summary.bytes_in, summary.bytes_out,
                      summary.time.count());
    leftovers_.push_back(std::move(leader));
    forget_leftovers();
    ending_.push_back(found->second);
    std::erase_if(ending_, [](const auto& each) { return each.expired(); });
    commands_.erase(found);
    changed_->notify();
}

awaitable<void> session::feed(std::shared_ptr<command> target, std::string_view bytes) {
    target->write(bytes);
    co_await target->input_room();
}

void session::send(command& command, request::signal signal) {
    if (signal.number == 0)
        return refuse("bad_request", "no such signal; write INT, TERM, ...", command.id());
    command.leader().signal(signal.number);
}

void session::resize(command& command, const request::resize& wanted) {
    if (!wanted.size)
        return refuse("bad_request", "resize needs \"rows\" and \"cols\"", command.id());
    command.resize(*wanted.size);
}

std::shared_ptr<command> session::find(std::optional<std::uint32_t> id) {
    const auto found = id ? commands_.find(*id) : commands_.end();
    if (found != commands_.end()) return found->second;
    if (id)
        refuse("unknown_id", "no command with this id runs", id);
    else
        refuse("bad_request", "an \"id\" from 0 to 4294967295 is needed", id);
    return nullptr;
}

void session::refuse(std::string_view code, const std::string& why,
                     std::optional<std::uint32_t> id) {
    json answer = message::error(code, why);
    if (id) answer["id"] = *id;
    post(answer);
    answered_ = true;
}

void session::post(const json& header) {
    if (const auto failure = peer_.post(header); failure && !peer_.failure())
        throw std::system_error(failure, "cannot send a message");
}

void session::signal_all(int number) {
    for (const auto& [id, command] : commands_) command->leader().signal(number);
    for (process& each : leftovers_) each.signal(number);
}

void session::forget_leftovers() {
    if (!has_leftovers()) return;
    leftovers_alarm_.set(std::chrono::seconds(1), [this] { forget_leftovers(); });
}

bool session::has_leftovers() {
    running_ -= std::erase_if(leftovers_, [](process& each) { return !each.signal(0); });
    return !leftovers_.empty();
}

awaitable<void> session::end_processes() {
    leftovers_alarm_.cancel();
    for (const auto& [id, command] : commands_) command->ask_to_end();
    for (process& each : leftovers_) each.signal(SIGTERM);
    bool killed = false;
    tasks::alarm kill(peer_.get_executor());
    kill.set(kill_after, [&] {
        killed = true;
        signal_all(SIGKILL);
        changed_->notify();
    });
    const auto remain = [this] {
        return std::ranges::any_of(ending_, [](const auto& each) { return !each.expired(); });
    };
    tasks::alarm look(peer_.get_executor());
    while (!commands_.empty() || remain() || (!killed && has_leftovers())) {
        // Of those whose parent is no longer ours nothing tells when they end.
        if (!leftovers_.empty())
            look.set(std::chrono::milliseconds(20), [this] { changed_->notify(); });
        co_await changed_->wait();
    }
}
