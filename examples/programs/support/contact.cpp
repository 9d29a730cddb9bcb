// SPDX-License-Identifier: MIT
#include "support/contact.hpp"

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection_options.hpp>

#include "support/from_seconds.hpp"
#include "support/hosts.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"
#include "support/token.hpp"
#include "support/transport.hpp"
#include "system/local_user.hpp"
#include "system/own_user.hpp"
#include "system/signals.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace contact {
namespace {

namespace net = framing::net;

bool with_token(const options& options) {
    return options.always_token || !options.token_file.empty();
}

asio::awaitable<void> show_token(connection& server, const nlohmann::json& greeting,
                                 const std::string& wanted, nlohmann::json& welcome) {
    if (const auto error = server.post(greeting))
        throw disconnected("the connection broke: " + error.message());
    const auto* const answer = co_await read(server);
    welcome = message::tree_of(answer->header);
    expect("welcome", welcome);
    const std::string kind = message::text_of(welcome, "server").value_or(wanted);
    if (!wanted.empty() && kind != wanted)
        throw refused("this is no " + wanted + " server, but one of kind " +
                      message::escaped(kind));
}

/// A token is a secret: it goes to this machine, to ourselves or root where that shows, or through
/// TLS.
void make_sure_of(net::stream_socket& socket) {
    const net::stream_endpoint endpoint = socket.remote_endpoint();
    if (!net::is_local(endpoint))
        throw refused("the token would be read on its way to another machine: use --tls, --tls-ca "
                      "or --tls-pin");
    if (!net::is_unix(endpoint)) return;
    const auto user = local_user_of(socket);
    if (user && user != own_user() && user != superuser)
        throw refused("the server is user " + std::to_string(*user) +
                      "'s, who would learn the token");
}

} // namespace

disconnected unreachable(const std::string& server, const std::error_code& why) {
    if (why == asio::error::host_not_found)
        return disconnected("no such host: " + net::address::parse(server).host);
    return disconnected("cannot connect to " + server + ": " + why.message());
}

void add_options(command_line& line, options& options) {
    line.add("server", options.server, "HOST:PORT, unix:PATH, or a name in ~/.config/framing/hosts")
        .named("ADDRESS")
        .required();
    line.begin_section("Connection");
    line.add("--token-file", options.token_file,
             options.always_token ? "where the token is [$XDG_RUNTIME_DIR/framing-token]"
                                  : "where the token is, if the server asks for one")
        .named("FILE");
    line.add_flag("--tls", options.tls.wanted,
                  "use TLS; the system knows who signs for the server");
    line.add("--tls-ca", options.tls.authority, "use TLS; who signs for the server, PEM")
        .named("FILE");
    line.add("--tls-pin", options.tls.pin, "use TLS; SHA-256 of the server's certificate")
        .named("SHA256");
    auto certificate =
        line.add("--tls-cert", options.tls.certificate, "a certificate to show, PEM").named("FILE");
    auto key = line.add("--tls-key", options.tls.key, "its key, PEM").named("FILE");
    key.needs(certificate);
    certificate.needs(key);
    line.add("--connect-timeout", options.connect_timeout,
             "until the server has let us in; 0: no limit")
        .in_seconds()
        .between(0, most_amount);
    line.begin_section("");
    line.add_exit_code(no_connection, "There is no connection, or it broke.");
}

namespace {

/// What a name stands for, where one is given. What the command line says comes first.
options with_names_resolved(const options& given) {
    options all = given;
    if (!hosts::is_name(given.server)) return all;
    const hosts::host known = hosts::find(given.server);
    const auto take = [&known](const char* key, std::string& into) {
        const auto found = known.find(key);
        if (found != known.end() && into.empty()) into = found->second;
    };
    all.server.clear();
    take("address", all.server);
    take("token-file", all.token_file);
    take("tls-ca", all.tls.authority);
    take("tls-pin", all.tls.pin);
    const auto tls = known.find("tls");
    if (tls != known.end() && tls->second == "yes") all.tls.wanted = true;
    if (all.tls.certificate.empty()) { // the two belong together
        take("tls-cert", all.tls.certificate);
        take("tls-key", all.tls.key);
    }
    if (all.tls.certificate.empty() != all.tls.key.empty())
        throw std::invalid_argument(given.server + " needs both tls-cert and tls-key in " +
                                    hosts::default_path().string());
    return all;
}

/// As `open`, with all the time of the world.
asio::awaitable<void> connect(asio::any_io_executor executor, const options& options,
                              std::optional<transport>& result) {
    const auto where = net::address::parse(options.server);
    const tls::client_files& files = options.tls;
    if (!files.pin.empty()) static_cast<void>(tls::parse_pin(files.pin));
    std::optional<tls::context> context;
    if (files.given()) context.emplace(tls::make_context(files));

    std::error_code error;
    net::stream_socket socket(executor);
    try {
        socket = co_await net::connect(executor, where);
    } catch (const std::system_error& failure) {
        error = failure.code();
    }
    if (error) throw unreachable(options.server, error);
    if (with_token(options) && !context) make_sure_of(socket);
    const std::string host = where.is_unix() ? "localhost" : where.host;
    transport stream = context ? tls::make_stream(std::move(socket), *context, files, host)
                               : transport(std::move(socket));
    if (context) {
        co_await tls::shake_hands(stream, tls::side::client, error);
        if (tls::is_plain(error))
            throw disconnected("no TLS with this server, which answers without: if that is meant, "
                               "leave the --tls options out");
        if (error && !files.pin.empty())
            throw disconnected("no TLS with this server, or not the one with the certificate of "
                               "--tls-pin: " +
                               error.message());
        const std::string refused(tls::refused_certificate(stream));
        if (error && !refused.empty())
            throw disconnected("no TLS with this server, whose certificate is refused: " + refused +
                               "; --tls-ca says who signs for it, --tls-pin which it is");
        const bool only_closed = !tls::is_own(error);
        if (error)
            throw disconnected("no TLS with this server: " + error.message() +
                               (only_closed ? "; it may be one without TLS" : ""));
    }
    result = std::move(stream);
}

/// As `reach`, with all the time of the world.
asio::awaitable<void> reach_slowly(asio::any_io_executor executor, const options& options,
                                   nlohmann::json& welcome, std::optional<connection>& result) {
    std::optional<transport> stream;
    co_await connect(executor, options, stream);
    net::connection_options allowed;
    allowed.times = options.times;
    connection server(std::make_shared<connection::framed>(*std::move(stream), allowed));
    const auto shown = greeting(options);
    if (shown) co_await show_token(server, *shown, options.kind, welcome);
    result = std::move(server);
}

/// Does it in the time that there is for it.
asio::awaitable<void> in_time(const options& options, asio::awaitable<void> work) {
    bool too_late = false;
    try {
        if (options.connect_timeout == 0)
            co_await std::move(work);
        else
            co_await tasks::within(from_seconds<tasks::clock::duration>(options.connect_timeout),
                                   std::move(work));
    } catch (const std::system_error& error) {
        too_late = error.code() == std::errc::timed_out;
        if (!too_late) throw;
    }
    if (too_late)
        throw disconnected(options.server + " has not answered in time (--connect-timeout)");
}

} // namespace

asio::awaitable<transport> open(asio::any_io_executor executor, const options& options) {
    const contact::options known = with_names_resolved(options);
    std::optional<transport> stream;
    asio::awaitable<void> work = connect(executor, known, stream);
    co_await in_time(options, std::move(work));
    co_return *std::move(stream);
}

std::optional<nlohmann::json> greeting(const contact::options& given) {
    const options options = with_names_resolved(given);
    if (!with_token(options)) return std::nullopt;
    std::string token;
    if (options.tls.certificate.empty())
        token = token::read(options.token_file.empty() ? token::default_path()
                                                       : std::filesystem::path(options.token_file));
    return nlohmann::json{{"type", "auth"}, {"token", token}};
}

asio::awaitable<connection> reach(asio::any_io_executor executor, const options& options,
                                  nlohmann::json& welcome) {
    const contact::options known = with_names_resolved(options);
    std::optional<connection> server;
    asio::awaitable<void> work = reach_slowly(executor, known, welcome, server);
    co_await in_time(options, std::move(work));
    co_return *std::move(server);
}

asio::awaitable<connection::frame*> read(connection& server) {
    std::error_code error;
    connection::frame* const frame = co_await server.read(error);
    if (tls::is_record(server.error()))
        throw disconnected("this looks like TLS: try --tls, --tls-ca or --tls-pin");
    if (server.error())
        throw disconnected("not what such a server says: " + server.error().message());
    if (error) throw disconnected("the connection broke: " + error.message());
    if (frame == nullptr) throw disconnected("the server closed the connection");
    co_return frame;
}

void expect(std::string_view type, const nlohmann::json& header) {
    const auto said = message::text_of(header, "type");
    if (said == type) return;
    if (said == "bye") throw disconnected("the server has said goodbye");
    if (said == "error")
        throw refused(message::text_of(header, "message")
                          .value_or(message::text_of(header, "code").value_or("refused")));
    throw refused("the server has sent " +
                  (said ? message::escaped(*said) : "a message without a type") + ", where " +
                  message::escaped(type) + " is the answer");
}

int run(const std::function<asio::awaitable<int>(asio::io_context&)>& work) {
    signals::outlive_peers();
    asio::io_context io(1);
    std::exception_ptr failure;
    int code = program::failed;
    bool done = false;
    asio::co_spawn(io, work(io), [&](const std::exception_ptr& error, int result) {
        failure = error;
        code = result;
        done = true;
    });
    while (!done && io.run_one() != 0) { // after a stop Windows would run what is queued
    }
    if (failure) std::rethrow_exception(failure);
    return code;
}

} // namespace contact
