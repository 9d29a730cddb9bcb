// SPDX-License-Identifier: MIT
// Runs commands for clients that know the token, or show a certificate.
//
//   shell_server --listen 127.0.0.1:7000
//   shell_client 127.0.0.1:7000 -- ls -l /tmp
#include "shell/policy.hpp"
#include "shell/session.hpp"
#include "support/program.hpp"
#include "support/service.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

asio::awaitable<void> serve(const service::client& client, policy& policy) {
    const auto session = std::make_shared<::session>(client, policy);
    co_await session->run();
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Runs commands for clients that know its token, as the user who started it.",
                 "shell_server");
    service::options options;
    options.name = "shell";
    options.harmful = true;
    options.welcome = {{"stdin_window", command::input_window}};
    options.idle_timeout = 0; // a command may run for days and say nothing
    policy policy;
    std::vector<std::string> limits;
    service::add_options(app, options);
    app.add_option("--allow", policy.allowed,
                   "run only this program (its first word), without a shell; repeatable")
        ->type_name("PROGRAM")
        ->take_all();
    app.add_option("--commands", policy.commands, "at once on one connection")->type_name("N");
    app.add_option("--commands-in-all", policy.commands_in_all, "at once")->type_name("N");
    app.add_option("--limit", limits, "of each process, such as nproc=100, cpu=60; repeatable")
        ->type_name("NAME=NUMBER")
        ->take_all();
    return program::run(app, argc, argv, [&] {
        try {
            for (const std::string& limit : limits) add_limit(policy, limit);
        } catch (const std::invalid_argument& error) {
            program::complain(app, error.what());
            return program::bad_usage;
        }
        return service::run(app, options,
                            [&](const service::client& client) { return serve(client, policy); });
    });
}
