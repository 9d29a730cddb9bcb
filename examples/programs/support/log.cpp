// SPDX-License-Identifier: MIT
#include "support/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <string_view>

namespace logging {
namespace {

spdlog::level::level_enum to_spdlog(level how) {
    switch (how) {
    case level::warning: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
    case level::info: break;
    }
    return spdlog::level::info;
}

} // namespace

void start() {
    spdlog::set_default_logger(spdlog::stderr_logger_st("log"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

void write(level how, fmt::string_view format, fmt::format_args arguments) {
    try {
        write(how, fmt::vformat(format, arguments));
    } catch (const std::exception&) { // for want of memory: it costs the line, and nothing else
    }
}

void write(level how, fmt::string_view line) {
    spdlog::default_logger_raw()->log(to_spdlog(how), std::string_view(line.data(), line.size()));
}

} // namespace logging
