// SPDX-License-Identifier: MIT
#pragma once

#include "shell/process.hpp"
#include "support/descriptor.hpp"

#include <asio.hpp>
#include <sys/resource.h>
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

/// The size of a terminal, in characters.
struct window {
    unsigned short rows = 24;
    unsigned short columns = 80;
};

/// Where a shell finds the lines it is to run, so that what they start does not read them.
inline constexpr const char* lines_path = "/dev/fd/5";

struct child_options {
    std::string program;                            // the file
    std::vector<std::string> words;                 // what it is called, and its arguments
    std::string directory;                          // absolute
    std::map<std::string, std::string> environment; // on top of the server's own
    std::map<int, rlim_t> limits;                   // RLIMIT_... and how much
    std::optional<window> terminal;                 // gets a terminal instead of three pipes
    bool reads_lines = false; // its first pipe is at lines_path, and its standard input is empty
};

/// A process that leads a group of its own (a session, if it has a terminal), with our ends of its
/// streams. It inherits nothing else: no descriptor, no signal mask, no ignored signal. It dies
/// with us.
struct child {
    process leader;
    descriptor in;
    descriptor out;
    descriptor err;     // none with a terminal
    descriptor gate;    // where it waits: see let_go; closed, it goes nowhere
    descriptor outcome; // has the errno of what kept it from becoming the program, below 0 where it
                        // was the folder; else it ends then
};

/// Forks a process that waits at its gate to become the program.
[[nodiscard]] std::error_code spawn(const asio::any_io_executor& executor,
                                    const child_options& options, std::optional<child>& result);

/// Lets it become the program, however long that takes.
void let_go(descriptor gate);

/// Tells the programs at a terminal of its new size.
void resize(int terminal, const window& size);
