// SPDX-License-Identifier: MIT
#pragma once

#include "support/format.hpp"

#include <string_view>

/// The log of a server, which waits for nobody: lines that cannot be written are dropped and
/// counted. (spdlog, which is slow to compile, in one source file for all of them.)
namespace logging {

enum class level { info, warning, error };

/// One line an event goes to standard error from now on, with time and level.
void start();

void write(level how, fmt::string_view format, fmt::format_args arguments);
void write(level how, fmt::string_view line);

template <class... Arguments>
void info(fmt::format_string<Arguments...> format, const Arguments&... arguments) {
    write(level::info, format, fmt::make_format_args(arguments...));
}

template <class... Arguments>
void warn(fmt::format_string<Arguments...> format, const Arguments&... arguments) {
    write(level::warning, format, fmt::make_format_args(arguments...));
}

template <class... Arguments>
void error(fmt::format_string<Arguments...> format, const Arguments&... arguments) {
    write(level::error, format, fmt::make_format_args(arguments...));
}

/// A warning about a client, which may cause it as often as it likes: see repetitions.
void warn_about(std::string_view who, std::string_view what);
/// Says what was left out of those, and is over.
void summarize();
/// The same of all of them, at the end.
void finish();

} // namespace logging
