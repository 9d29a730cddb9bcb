// SPDX-License-Identifier: MIT
// Runs commands on a shell server.
//
//   shell_client 127.0.0.1:7000 -- ls -l /tmp     one command, its streams and exit status
//   shell_client 127.0.0.1:7000                   a prompt
#include "shell/directory_filter.hpp"
#include "shell/line_reader.hpp"
#include "shell/remote.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/from_seconds.hpp"
#include "support/program.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr int status_of_interrupt = 128 + SIGINT;

struct options {
    contact::options server;
    bool at_terminal = false;
    double time_limit = 0; // seconds; 0: none
    std::vector<std::string> command;

    [[nodiscard]] std::chrono::milliseconds milliseconds() const {
        return from_seconds<std::chrono::milliseconds>(time_limit);
    }
};

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

/// The status that a line `exit [N]` asks for, or nullopt where it is another line.
std::optional<int> exit_status(std::string_view line, int last) {
    constexpr std::string_view space = " \t";
    const auto trim = [&] {
        line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
        line = line.substr(0, line.find_last_not_of(space) + 1);
    };
    trim();
    if (!line.starts_with("exit")) return std::nullopt;
    line.remove_prefix(4);
    if (line.empty()) return last;
    if (space.find(line.front()) == space.npos) return std::nullopt;
    trim();
    unsigned char status = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), status);
    if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
    return status;
}

/// Runs line after line, as a shell does. Returns: the status of the last one.
int run_lines(const options& options, remote& server) {
    line_reader lines;
    directory_filter filter;
    const auto show = [](const std::string& bytes) { std::cout << bytes << std::flush; };
    const auto run = [&](const std::string& line) {
        remote::job job;
        job.command = filter.wrap(line);
        job.directory = filter.directory();
        job.with_input = lines.interactive();
        job.time_limit = options.milliseconds();
        job.filter = [&](std::string_view bytes) { return filter.pass(bytes); };
        // PWD keeps the name by which a folder was entered, OLDPWD is what `cd -` needs.
        if (!filter.directory().empty()) job.environment["PWD"] = filter.directory();
        if (!filter.previous_directory().empty())
            job.environment["OLDPWD"] = filter.previous_directory();
        const int status = server.run(job);
        show(filter.finish());
        lines.put_back(server.unread_input());
        if (lines.interactive() && status == status_of_interrupt)
            std::cerr << '\n'; // behind the ^C
        return status;
    };

    if (lines.interactive()) run(":"); // where the server starts us
    int status = 0;
    const auto prompt = [&] {
        return options.server.server + ':' + visible(filter.directory()) + "$ ";
    };
    while (const auto line = lines.next(prompt())) {
        if (const auto asked = exit_status(*line, status)) return *asked;
        if (line->find_first_not_of(" \t") == line->npos) continue;
        try {
            status = run(*line);
        } catch (const contact::refused& error) {
            program::complain(error.what());
            status = program::failed;
            filter.forget_directory(); // it may be why
        }
    }
    return status;
}

int talk(const options& options) {
    remote server(options.server);
    if (options.command.empty() && !options.at_terminal) return run_lines(options, server);
    remote::job job;
    job.command = options.command.empty() ? "exec \"${SHELL:-/bin/sh}\"" : joined(options.command);
    job.with_input = true;
    job.at_terminal = options.at_terminal;
    job.time_limit = options.milliseconds();
    return server.run(job);
}

} // namespace

int main(int argc, char** argv) {
    command_line line("shell_client",
                      "Runs a command on a shell server, as if it ran here; without one, a prompt "
                      "where cd lasts.");
    options options;
    options.server.always_token = true;
    contact::add_options(line, options.server);
    line.add_flag("-t", options.at_terminal, "run it at a terminal, as vi and top need");
    line.add("--timeout", options.time_limit, "of each command; 0: none")
        .in_seconds()
        .between(0, most_amount);
    line.add_rest(options.command, "COMMAND",
                  "the words of one command, behind -- or not; they are joined with spaces");
    line.add_example("shell_client 127.0.0.1:7000", "type commands at a prompt");
    line.add_example("shell_client 127.0.0.1:7000 -- ls -l /tmp",
                     "run one command, and end as it ends");
    return line.run(argc, argv, [&] { return talk(options); });
}
