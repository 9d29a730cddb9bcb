// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

/// What every program of ours promises about its exit.
namespace program {

inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int bad_usage = 2;

/// What ends a program with an exit code of its own. (A std::invalid_argument ends it with
/// `bad_usage`, anything else with `failed`.)
class failure : public std::runtime_error {
public:
    failure(int code, const std::string& message) : std::runtime_error(message), code_(code) {}

    [[nodiscard]] int code() const { return code_; }

private:
    int code_;
};

/// A message for the person at the terminal, behind the program's name. Parts of it may be a
/// peer's: nothing in it acts on the terminal.
void complain(std::string_view message);

/// Tells what was thrown. Returns: the exit code. Pre: inside a catch block.
int explain();

} // namespace program
