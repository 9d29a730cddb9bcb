// SPDX-License-Identifier: MIT
#include "support/log.hpp"

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>

#include "support/log_sink.hpp"
#include "support/repetitions.hpp"
#include "support/visible.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

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

/// Memory that cannot be had costs a line, and nothing else.
template <class Action>
void unless_memory_is_short(Action action) {
    try {
        action();
    } catch (const std::exception&) {
    }
}

repetitions repeated;
repetitions::clock::time_point looked; // for what is to be said of them

/// Where a client comes from, by its name.
std::string network_of(std::string_view who) {
    std::error_code none;
    std::string host(who.substr(0, who.rfind(':')));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = asio::ip::make_address(host, none);
    return none ? std::string(who.substr(0, who.find(':'))) : framing::net::network_of(address);
}

void say(const std::vector<repetitions::summary>& left_out) {
    for (const auto& each : left_out) warn("{} {}; {} more", each.network, each.what, each.count);
}

} // namespace

void start() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("log", std::make_shared<sink>()));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

void write(level how, fmt::string_view format, fmt::format_args arguments) {
    unless_memory_is_short([&] { write(how, fmt::vformat(format, arguments)); });
}

void warn_about(std::string_view who, std::string_view what) {
    unless_memory_is_short([&] {
        const auto now = repetitions::clock::now();
        if (now - looked >= repetitions::interval) say(repeated.take_due(looked = now));
        const std::string kind(what.substr(0, what.find(':'))); // behind it are a peer's numbers
        const auto before = repeated.note(network_of(who), kind, now);
        if (before && *before != 0)
            warn("{} {}; {} more before it", who, what, *before);
        else if (before)
            warn("{} {}", who, what);
    });
}

void summarize() {
    unless_memory_is_short([] { say(repeated.take_due(looked = repetitions::clock::now())); });
}

void finish() {
    unless_memory_is_short([] { say(repeated.take_due(repetitions::clock::time_point::max())); });
}

void write(level how, fmt::string_view line) {
    // Parts of it may be a peer's.
    spdlog::default_logger_raw()->log(to_spdlog(how), visible({line.data(), line.size()}));
}

} // namespace logging
