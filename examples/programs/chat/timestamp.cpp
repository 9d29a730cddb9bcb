// SPDX-License-Identifier: MIT
#include "chat/timestamp.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace chat {

std::string to_text(timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t whole = seconds.count();
    std::tm utc{};
    ::gmtime_r(&whole, &utc);
    std::array<char, 64> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text.data() + size, text.size() - size, ".%03dZ",
                  static_cast<int>((time - seconds).count()));
    return text.data();
}

std::optional<std::string> local_time(const std::string& text) {
    std::tm utc{};
    const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
    if (end == nullptr || !text.ends_with('Z')) return std::nullopt;
    const std::time_t whole = ::timegm(&utc);
    std::tm local{};
    ::localtime_r(&whole, &local);
    std::array<char, 16> clock{};
    const std::size_t size = std::strftime(clock.data(), clock.size(), "%H:%M", &local);
    return std::string(clock.data(), size);
}

} // namespace chat
