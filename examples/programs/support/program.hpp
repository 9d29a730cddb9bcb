// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

/// What every program of ours promises about its exit.
namespace program {

inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int bad_usage = 2;

/// Adds --version, the same number for all programs.
void add_version(CLI::App& app);

/// A message for the person at the terminal, behind the program's name. Parts of it may be a
/// peer's: control characters become `?`.
void complain(const std::string& program, std::string message);
inline void complain(const CLI::App& app, const std::string& message) {
    complain(app.get_name(), message);
}

/// What a limit or a count on the command line can be.
inline const CLI::Range sizes(0.0, 9e18);

/// What seconds can be, and rates: 0 to a billion. CLI11's own checks let NaN pass.
extern const CLI::Validator amounts;

/// Puts /dev/null where standard input, output or error is closed, so that no socket or file of
/// ours takes its number.
void fill_standard_streams();

/// Parses the command line and then does `work`, which returns the exit code. Whatever goes wrong
/// is one line on standard error.
template <class Work>
int run(CLI::App& app, int argc, char** argv, Work work) {
    fill_standard_streams();
    add_version(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error); // --help, --version
        complain(app, std::string(error.what()) + "; --help says what there is");
        return bad_usage;
    }
    try {
        const int code = work();
        if (!std::cout.flush()) throw std::runtime_error("cannot write the output");
        return code;
    } catch (const std::exception& error) {
        complain(app, error.what());
        return failed;
    }
}

} // namespace program
