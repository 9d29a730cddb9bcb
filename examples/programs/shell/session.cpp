// SPDX-License-Identifier: MIT
#include "shell/session.hpp"

#include "shell/lookout.hpp"
#include "shell/signals.hpp"
#include "shell/words.hpp"
#include "support/log.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

using asio::awaitable;
using message::error;
using message::size_of;
using message::text_of;
using nlohmann::json;

namespace {

constexpr std::size_t logged = 1024; // bytes of a command in the log
constexpr const char* needs_id = "an \"id\" from 0 to 4294967295 is needed";

/// A message's id, if it has one that can be.
std::optional<std::uint32_t> id_of(const json& header) {
    const auto id = size_of(header, "id");
    if (!id || *id > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*id);
}

/// The "env" of a message, or nothing if it is no map of names to values.
std::optional<std::map<std::string, std::string>> environment_of(const json& header) {
    std::map<std::string, std::string> result;
    const auto variables = header.find("env");
    if (variables == header.end()) return result;
    if (!variables->is_object()) return std::nullopt;
    for (const auto& [name, value] : variables->items()) {
        const auto text = text_of(*variables, name.c_str());
        if (!text || name.empty() || name.find_first_of(std::string_view("=\0", 2)) != name.npos)
            return std::nullopt;
        result[name] = *text;
    }
    return result;
}

/// The "rows" and "cols" of a message; nothing if there are none that a terminal can have.
std::optional<window> window_of(const json& object) {
    const auto rows = size_of(object, "rows");
    const auto columns = size_of(object, "cols");
    constexpr std::uint64_t most = std::numeric_limits<unsigned short>::max();
    if (!rows || !columns || *rows > most || *columns > most) return std::nullopt;
    return window{static_cast<unsigned short>(*rows), static_cast<unsigned short>(*columns)};
}

/// What kind of terminal it is; nothing if that is no name, as of a file elsewhere.
std::optional<std::string> kind_of(const json& terminal) {
    if (!terminal.contains("term")) return "xterm";
    auto kind = text_of(terminal, "term");
    constexpr std::string_view known =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    if (!kind || kind->empty() || kind->size() > 64 || kind->find_first_not_of(known) != kind->npos)
        return std::nullopt;
    return kind;
}

/// An exec, as far as its form goes.
struct request {
    std::uint32_t id = 0;
    std::string line;
    std::chrono::milliseconds time_limit{0};
    child_options options;
};

std::optional<request> request_of(const json& header) {
    const auto id = id_of(header);
    const auto line = text_of(header, "command");
    const auto environment = environment_of(header);
    const auto directory = text_of(header, "cwd");
    const auto limit = size_of(header, "timeout_ms");
    if (!id || !line || !environment || (header.contains("cwd") && !directory) ||
        (header.contains("timeout_ms") && !limit))
        return std::nullopt;
    request result{*id, *line, {}, {}};
    constexpr std::uint64_t longest = 1'000'000'000'000; // no clock's range ends before
    result.time_limit = std::chrono::milliseconds(std::min(limit.value_or(0), longest));
    result.options.directory = directory.value_or("");
    result.options.environment = *environment;
    if (const auto terminal = header.find("pty"); terminal != header.end()) {
        result.options.terminal = window_of(*terminal);
        if (!result.options.terminal) return std::nullopt;
        const auto kind = kind_of(*terminal);
        if (!kind) return std::nullopt;
        result.options.environment["TERM"] = *kind;
    }
    return result;
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
    const json header = message::tree_of(received.header);
    const auto type = text_of(header, "type");
    if (!type) {
        refuse("bad_request", "a message needs a string \"type\"", header);
    } else if (*type == "exec") {
        co_await execute(header);
    } else if (*type == "stdin") {
        if (const auto command = find(header)) co_await feed(command, received.text());
    } else if (*type == "stdin_close") {
        if (const auto command = find(header)) command->close_input();
    } else if (*type == "signal") {
        if (const auto command = find(header)) signal(*command, header);
    } else if (*type == "resize") {
        if (const auto command = find(header)) resize(*command, header);
    } else if (*type == "auth") {
        if (welcome_.is_null())
            refuse("bad_request", "already authenticated", header);
        else
            post(std::exchange(welcome_, nullptr));
    } else {
        refuse("unknown_type", "no message of this type is known", header);
    }
}

awaitable<void> session::execute(const json& header) {
    auto wanted = request_of(header);
    if (!wanted)
        co_return refuse(
            "bad_request",
            "exec needs an \"id\" from 0 to 4294967295 and a string \"command\"; \"cwd\" is a "
            "string, \"env\" an object of strings, \"timeout_ms\" a whole number, \"pty\" an "
            "object with \"rows\", \"cols\" and at most 64 letters, digits and ._+- as its "
            "\"term\"",
            header);
    if (commands_.contains(wanted->id))
        co_return refuse("bad_request", "a command with this id still runs", header);

    child_options& options = wanted->options;
    const std::string shown = message::escaped(wanted->line, logged);
    json entry{{"peer", peer_.name()}, {"who", proof_}, {"command", wanted->line}};
    if (!options.directory.empty()) entry["cwd"] = options.directory;
    std::optional<child> process;
    auto refusal = apply_policy(header, wanted->line, options);
    if (!refusal)
        if (const auto failure = spawn(peer_.get_executor(), options, process))
            refusal = {"spawn_failed", failure.message()};
    if (refusal) {
        logging::warn("{} ({}) may not run {}: {}", peer_.name(), proof_, shown, refusal->why);
        entry["refused"] = refusal->code;
        if (audit_ != nullptr) co_await audit_->record(entry);
        co_return refuse(refusal->code, refusal->why, header);
    }

    const pid_t number = process->leader.number();
    entry["pid"] = number;
    const auto made = make_command(wanted->id, std::move(*process), options.terminal.has_value());
    answered_ = true; // by its exit, in the end
    std::string problem;
    if (audit_ != nullptr) problem = co_await audit_->record(entry);
    if (!problem.empty())
        co_return made->call_off(problem + "; nothing runs without its line there");
    logging::info("{} ({}) runs {} as process {}", peer_.name(), proof_, shown, number);
    made->start(wanted->time_limit);
}

std::optional<session::refusal> session::apply_policy(const json& header, const std::string& line,
                                                      child_options& options) const {
    if (commands_.size() >= policy_.commands)
        return refusal{"too_many", std::to_string(commands_.size()) + " commands run already"};
    if (running_ >= policy_.commands_in_all)
        return refusal{"too_many",
                       std::to_string(running_) + " commands run already, of all clients"};
    options.limits = policy_.limits;
    options.program = "/bin/sh";
    options.words = {options.program, "-c", "--", line};
    if (policy_.allowed.empty()) return std::nullopt;
    if (header.contains("env"))
        return refusal{"not_allowed",
                       "this server runs only what it was told to allow, in its own environment"};
    const auto words = split_words(line);
    const auto known =
        words && !words->empty() ? policy_.allowed.find(words->front()) : policy_.allowed.end();
    if (known == policy_.allowed.end())
        return refusal{"not_allowed", "this server runs only what it was told to allow"};
    options.program = known->second;
    options.words = *words;
    return std::nullopt;
}

std::shared_ptr<command> session::make_command(std::uint32_t id, child process, bool at_terminal) {
    // run() outlasts its commands, so that they need not keep us.
    const std::shared_ptr<command> made(
        new command(peer_, id, std::move(process), at_terminal,
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
    --running_;
    changed_->notify();
}

awaitable<void> session::feed(std::shared_ptr<command> target, std::string_view bytes) {
    target->write(bytes);
    co_await target->input_room();
}

void session::signal(command& command, const json& header) {
    const int number = signal_number(text_of(header, "signal").value_or(""));
    if (number == 0) return refuse("bad_request", "no such signal; write INT, TERM, ...", header);
    command.leader().signal(number);
}

void session::resize(command& command, const json& header) {
    const auto size = window_of(header);
    if (!size) return refuse("bad_request", "resize needs \"rows\" and \"cols\"", header);
    command.resize(*size);
}

std::shared_ptr<command> session::find(const json& header) {
    const auto id = id_of(header);
    const auto found = id ? commands_.find(*id) : commands_.end();
    if (found != commands_.end()) return found->second;
    refuse(id ? "unknown_id" : "bad_request", id ? "no command with this id runs" : needs_id,
           header);
    return nullptr;
}

void session::refuse(std::string_view code, const std::string& why, const json& header) {
    json answer = error(code, why);
    if (const auto id = id_of(header)) answer["id"] = *id;
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
    std::erase_if(leftovers_, [](process& each) { return !each.signal(0); });
    return !leftovers_.empty();
}

awaitable<void> session::end_processes() {
    leftovers_alarm_.cancel();
    signal_all(SIGTERM);
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
