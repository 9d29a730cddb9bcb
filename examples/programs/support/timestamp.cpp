// SPDX-License-Identifier: MIT
#include "support/timestamp.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace {

std::string format(const char* how, const std::tm& time) {
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), how, &time)};
}

} // namespace

timestamp current_time() {
    return std::chrono::floor<timestamp>(std::chrono::system_clock::now().time_since_epoch());
}

std::string to_text(timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t whole = seconds.count();
    std::tm utc{};
    ::gmtime_r(&whole, &utc);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                  static_cast<int>((time - seconds).count()));
    return format("%Y-%m-%dT%H:%M:%S", utc) + fraction.data();
}

std::optional<std::string> local_time(const std::string& text) {
    std::tm utc{};
    const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
    if (end == nullptr || !text.ends_with('Z')) return std::nullopt;
    const std::time_t whole = ::timegm(&utc);
    std::tm local{};
    ::localtime_r(&whole, &local);
    return format("%H:%M", local);
}
