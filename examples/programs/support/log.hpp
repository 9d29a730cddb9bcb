// SPDX-License-Identifier: MIT
#pragma once

#include "support/format.hpp"

/// The log of a server: spdlog, which is slow to compile, in one source file for all of them.
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

} // namespace logging
