// SPDX-License-Identifier: MIT
#include "shell/session.hpp"

#include "shell/signals.hpp"
#include "support/token.hpp"

#include <spdlog/spdlog.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using nlohmann::json;

namespace {

/// A peer's text for the log: on one line, and not too long.
std::string escaped(std::string_view text) {
    constexpr std::size_t most = 256;
    return json(text.substr(0, most)).dump(-1, ' ', true, json::error_handler_t::replace) +
           (text.size() > most ? "..." : "");
}

/// A message's id, if it has one that can be.
std::optional<std::uint32_t> id_of(const json& header) {
    const auto id = header.find("id");
    if (id == header.end() || !id->is_number_unsigned() ||
        id->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
        return std::nullopt;
    return id->get<std::uint32_t>();
}

/// A member that is a string, without a NUL, or nothing.
std::optional<std::string> text_of(const json& object, const char* key) {
    const auto value = object.find(key);
    if (value == object.end() || !value->is_string()) return std::nullopt;
    auto text = value->get<std::string>();
    if (text.find('\0') != text.npos) return std::nullopt;
    return text;
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

} // namespace

session::session(stream_socket socket, std::string peer, const std::string& token)
    : socket_(std::move(socket)), peer_(std::move(peer)), token_(token), out_(socket_),
      changed_(socket_.get_executor()), kill_timer_(socket_.get_executor()) {}

awaitable<void> session::run() {
    spdlog::info("{} connected", peer_);
    const auto self = shared_from_this();
    asio::co_spawn(socket_.get_executor(), out_.run(), [self](const std::exception_ptr& error) {
        if (error) self->out_.abandon();
        self->sent_ = true;
        self->changed_.notify();
    });
    try {
        co_await read();
        co_await finish_half_closed();
    } catch (const std::exception& error) {
        spdlog::error("{} {}", peer_, error.what());
        out_.abandon();
    }
    terminate();
    if (stopping_)
        while (!commands_.empty()) co_await changed_.wait();
    out_.close();
    co_await drain();
    spdlog::info("{} disconnected", peer_);
    while (!commands_.empty() || (has_leftovers() && !killed_)) co_await changed_.wait();
    kill_timer_.cancel();
}

awaitable<void> session::read() {
    while (!dismissed_) {
        std::error_code error;
        const auto room = incoming_.prepare(64 * 1024);
        const std::size_t size = co_await socket_.async_read_some(
            asio::buffer(room.data(), room.size()), redirect_error(use_awaitable, error));
        if (error && error != asio::error::eof) out_.abandon();
        if (error) co_return;
        for (const auto& frame : incoming_.commit(size)) {
            if (dismissed_) break;
            co_await handle(frame);
            // Who does not read the answers is not heard either: memory is bounded.
            if (std::exchange(answered_, false)) co_await out_.room();
        }
        if (!incoming_.error()) continue;
        spdlog::warn("{} {}", peer_, incoming_.error().message());
        if (authenticated_)
            refuse(framing::name(incoming_.error().code), incoming_.error().message());
        dismissed_ = true;
    }
}

/// The client may only have said all it has to say. Whether it still listens shows when it is sent
/// something: a machine answers for a process that is gone.
awaitable<void> session::finish_half_closed() {
    for (const auto& [id, command] : commands_) command->close_input();
    asio::steady_timer pause(socket_.get_executor());
    while (!dismissed_ && !stopping_ && !commands_.empty() && !out_.abandoned()) {
        out_.post(json::object());
        pause.expires_after(probe_interval);
        co_await pause.async_wait(use_awaitable);
    }
    if (!stopping_ && !dismissed_ && !commands_.empty()) out_.abandon();
}

awaitable<void> session::handle(const message& received) {
    const json& header = received.header;
    if (header.empty() && received.body.empty()) co_return; // a keep-alive
    const auto type = text_of(header, "type");
    if (!authenticated_) {
        if (type == "auth")
            authenticate(header);
        else {
            spdlog::warn("{} refused: its first message is no auth", peer_);
            refuse("unauthorized", "the first message has to be an auth with the token");
            dismissed_ = true;
        }
    } else if (!type) {
        refuse("bad_request", "a message needs a string \"type\"", header);
    } else if (*type == "exec") {
        execute(header);
    } else if (*type == "stdin") {
        if (const auto command = find(header)) co_await feed(command, received.text());
    } else if (*type == "stdin_close") {
        if (const auto command = find(header)) command->close_input();
    } else if (*type == "signal") {
        if (const auto command = find(header)) signal(*command, header);
    } else if (*type == "auth") {
        refuse("bad_request", "already authenticated", header);
    } else {
        refuse("unknown_type", "no message of this type is known", header);
    }
}

void session::authenticate(const json& header) {
    authenticated_ = token::equal(text_of(header, "token").value_or(""), token_);
    if (authenticated_) {
        out_.post({{"type", "welcome"},
                   {"server", "shell"},
                   {"version", 1},
                   {"stdin_window", command::input_window}});
        return;
    }
    spdlog::warn("{} refused: wrong token", peer_);
    refuse("unauthorized", "wrong token");
    dismissed_ = true;
}

void session::execute(const json& header) {
    const auto id = id_of(header);
    const auto line = text_of(header, "command");
    const auto environment = environment_of(header);
    const bool has_directory = header.contains("cwd");
    const auto directory = text_of(header, "cwd");
    if (!id || !line || !environment || (has_directory && !directory))
        return refuse(
            "bad_request",
            "exec needs an \"id\" from 0 to 4294967295 and a string \"command\"; \"cwd\" is "
            "a string, \"env\" an object of strings",
            header);
    if (commands_.contains(*id))
        return refuse("bad_request", "a command with this id still runs", header);
    if (commands_.size() == max_commands)
        return refuse("too_many", std::to_string(max_commands) + " commands run already", header);

    child process;
    if (const auto error = spawn({*line, directory.value_or(""), *environment}, process))
        return refuse("spawn_failed", error.message(), header);
    spdlog::info("{} runs {} as process {}", peer_, escaped(*line), process.pid);
    // run() outlasts its commands, so that they need not keep us.
    const auto started =
        std::make_shared<command>(out_, *id, std::move(process), [this, id = *id] { ended(id); });
    commands_[*id] = started;
    started->start();
    answered_ = true; // by its exit, in the end
}

void session::ended(std::uint32_t id) {
    const auto found = commands_.find(id);
    spdlog::info("{} process {} ended", peer_, found->second->group());
    leftovers_.push_back(found->second->group());
    has_leftovers(); // forgets the groups that are gone, whose numbers may come again
    commands_.erase(found);
    changed_.notify();
}

awaitable<void> session::feed(std::shared_ptr<command> target, std::string_view bytes) {
    target->write(bytes);
    const bool taken = co_await target->input_room();
    if (taken) co_return;
    spdlog::warn("{} sends process {} more than it reads", peer_, target->group());
    refuse("too_many", "the command does not read its input; wait for stdin_taken");
    dismissed_ = true;
}

void session::signal(command& command, const json& header) {
    const int number = signal_number(text_of(header, "signal").value_or(""));
    if (number == 0) return refuse("bad_request", "no such signal; write INT, TERM, ...", header);
    command.signal(number);
}

std::shared_ptr<command> session::find(const json& header) {
    const auto id = id_of(header);
    const auto found = id ? commands_.find(*id) : commands_.end();
    if (found != commands_.end()) return found->second;
    refuse(id ? "unknown_id" : "bad_request",
           id ? "no command with this id runs" : "an \"id\" from 0 to 4294967295 is needed",
           header);
    return nullptr;
}

void session::refuse(std::string_view code, const std::string& why, const json& header) {
    json answer{{"type", "error"}, {"code", code}, {"message", why}};
    if (const auto id = id_of(header)) answer["id"] = *id;
    out_.post(answer);
    answered_ = true;
}

void session::stop() {
    stopping_ = true;
    if (authenticated_) out_.post({{"type", "bye"}});
    signal_all(SIGTERM);
    std::error_code ignored;
    socket_.shutdown(stream_socket::shutdown_receive, ignored); // which ends read()
}

void session::signal_all(int number) {
    for (const auto& [id, command] : commands_) command->signal(number);
    for (const pid_t group : leftovers_) signal_group(group, number);
}

bool session::has_leftovers() {
    std::erase_if(leftovers_, [](pid_t group) { return !signal_group(group, 0); });
    return !leftovers_.empty();
}

void session::terminate() {
    signal_all(SIGTERM);
    kill_timer_.expires_after(kill_after);
    kill_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (!cancelled) self->kill();
    });
}

void session::kill() {
    signal_all(SIGKILL);
    killed_ = true;
    changed_.notify();
}

/// Lets what is queued leave, and the client see it: closing a socket with unread bytes would take
/// back what was sent.
awaitable<void> session::drain() {
    asio::steady_timer deadline(socket_.get_executor(), send_time);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
        std::error_code ignored;
        if (!cancelled) self->socket_.close(ignored);
    });
    while (!sent_) co_await changed_.wait();
    std::error_code error;
    socket_.shutdown(stream_socket::shutdown_send, error);
    deadline.expires_after(std::chrono::seconds(1));
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
        std::error_code ignored;
        if (!cancelled) self->socket_.close(ignored);
    });
    std::array<char, 4096> unread;
    while (!error)
        co_await socket_.async_read_some(asio::buffer(unread),
                                         redirect_error(use_awaitable, error));
    deadline.cancel();
    socket_.close(error);
}
