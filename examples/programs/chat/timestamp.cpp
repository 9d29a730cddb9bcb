// SPDX-License-Identifier: MIT
#include "chat/timestamp.hpp"

#include <spdlog/fmt/chrono.h>

#include <chrono>
#include <ctime>

namespace chat {

std::string to_text(timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t{seconds.count()}),
                       (time - seconds).count());
}

std::optional<std::string> local_time(const std::string& text) {
    std::tm utc{};
    const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
    if (end == nullptr || !text.ends_with('Z')) return std::nullopt;
    const std::time_t whole = ::timegm(&utc);
    std::tm local{};
    ::localtime_r(&whole, &local);
    return fmt::format("{:%H:%M}", local);
}

} // namespace chat
