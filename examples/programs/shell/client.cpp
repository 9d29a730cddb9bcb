// SPDX-License-Identifier: MIT
// Runs commands on a shell server.
//
//   shell_client 127.0.0.1:7000 -- ls -l /tmp     one command, its streams and exit status
//   shell_client 127.0.0.1:7000                   a shell
//   shell_client 127.0.0.1:7000 < commands        their lines, in a shell
#include "shell/remote.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/from_seconds.hpp"

#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

struct options {
    contact::options server;
    bool at_terminal = false;
    std::string directory;
    double time_limit = 0; // seconds; 0: none
    std::vector<std::string> command;
};

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

int talk(const options& options) {
    const bool at_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    remote::job job;
    if (!options.command.empty()) job.command = joined(options.command);
    job.directory = options.directory;
    job.at_terminal = options.at_terminal || (!job.command && at_terminal);
    job.time_limit = from_seconds<std::chrono::milliseconds>(options.time_limit);
    return remote(options.server).run(job);
}

} // namespace

int main(int argc, char** argv) {
    command_line line("shell_client",
                      "Runs a command on a shell server, as if it ran here; without one, a shell "
                      "there, or at no terminal the lines of standard input in one.");
    options options;
    options.server.kind = "shell";
    options.server.always_token = true;
    contact::add_options(line, options.server);
    line.add_flag("-t", options.at_terminal, "run it at a terminal, as vi and top need");
    line.add("--cwd", options.directory, "where it runs [the home folder there]").named("DIR");
    line.add("--timeout", options.time_limit, "of the command, or the shell; 0: none")
        .in_seconds()
        .between(0, most_amount);
    line.add_rest(options.command, "COMMAND",
                  "the words of one command, behind -- or not; they are joined with spaces");
    line.add_note(
        "The exit status is that of the command or the shell, 128 + N where signal N ended it; "
        "or its own: 1, 2 or 255.");
    line.add_example("shell_client 127.0.0.1:7000", "a shell there");
    line.add_example("shell_client 127.0.0.1:7000 -- ls -l /tmp",
                     "run one command, and end as it ends");
    return line.run(argc, argv, [&] { return talk(options); });
}
