// SPDX-License-Identifier: MIT
// Runs commands for clients that know the token, or show a certificate.
//
//   shell_server --listen 127.0.0.1:7000
//   shell_client 127.0.0.1:7000 -- ls -l /tmp
#include "shell/audit.hpp"
#include "shell/lesson.hpp"
#include "shell/policy.hpp"
#include "shell/session.hpp"
#include "support/command_line.hpp"
#include "support/service.hpp"

#include <asio.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

asio::awaitable<void> serve(const service::client& client, const policy& policy, audit* audit,
                            std::size_t& running) {
    const auto session = std::make_unique<::session>(client, policy, audit, running);
    co_await session->run();
}

} // namespace

int main(int argc, char** argv) {
    command_line line("shell_server",
                      "Runs commands for clients that know its token, as the user who started it.");
    service::options options;
    options.name = "shell";
    options.goodbye = false; // it comes after the last of what runs says
    options.harmful = true;
    options.welcome = {{"stdin_window", command::input_window}};
    options.idle_timeout = 0;  // a command may run for days and say nothing, ...
    options.write_timeout = 0; // ... and its reader be a pager that nobody looks at
    policy policy;
    std::optional<std::string> audit_file;
    std::string directory;
    std::vector<std::string> allowed;
    std::vector<std::string> limits;
    bool lesson = false;
    service::add_options(line, options);
    line.add("--allow", allowed, "run only this program (its first word), without a shell")
        .named("PROGRAM");
    line.add("--audit", audit_file, "a line of JSON for each command, on the disk before it runs")
        .named("FILE");
    line.add("--cwd", directory, "where commands run, unless they say [home]").named("DIR");
    line.add("--commands", policy.commands, "at once on one connection").named("N");
    line.add("--commands-in-all", policy.commands_in_all, "at once").named("N");
    line.add("--limit", limits, "of each process, such as nproc=100, cpu=60").named("NAME=NUMBER");
    line.add_flag("--lesson", lesson,
                  "for clients of the lesson: a command as it is, one answer with `data_size`; a "
                  "line with the token first, but for your own on this machine");
    line.add_example("shell_server --listen 127.0.0.1:7000", "serve whoever may read the token");
    line.add_example("shell_server --listen unix:/tmp/shell --allow date --allow uptime",
                     "run nothing but two commands");
    return line.run(argc, argv, [&] {
        if (lesson)
            options.make_dialect = [](bool asks_token) {
                return std::make_unique<lesson_commands>(asks_token);
            };
        settle(policy, directory);
        for (const std::string& name : allowed) allow(policy, name);
        for (const std::string& limit : limits) add_limit(policy, limit);
        std::size_t running = 0; // commands, of all clients
        asio::io_context io(1);
        std::optional<audit> audit; // is gone before io, which it reports to
        if (audit_file) audit.emplace(io.get_executor(), *audit_file);
        service::host host(io, options);
        return host.run([&](const service::client& client) {
            return serve(client, policy, audit ? &*audit : nullptr, running);
        });
    });
}
