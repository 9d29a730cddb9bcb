// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>

/// What every program of ours promises about its exit.
namespace program {

inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int bad_usage = 2;

/// Adds --version, the same number for all programs.
void add_version(CLI::App& app);

/// A message for the person at the terminal, behind the program's name.
void complain(const CLI::App& app, const std::string& message);

/// Parses the command line and then does `work`, which returns the exit code. Whatever goes wrong
/// is one line on standard error.
template <class Work>
int run(CLI::App& app, int argc, char** argv, Work work) {
    add_version(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : bad_usage;
    }
    try {
        return work();
    } catch (const std::exception& error) {
        complain(app, error.what());
        return failed;
    }
}

} // namespace program
