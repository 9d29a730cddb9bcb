// SPDX-License-Identifier: MIT
#include "support/timestamp.hpp"

#include <array>
#include <cstdio>

timestamp current_time() {
    return std::chrono::floor<timestamp>(std::chrono::system_clock::now().time_since_epoch());
}

std::string to_text(timestamp time) {
    const std::chrono::sys_time<timestamp> point(time);
    const auto midnight = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(point - midnight);
    const auto whole = [](auto count) { return static_cast<int>(count); };
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "%d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), whole(static_cast<unsigned>(date.month())),
                  whole(static_cast<unsigned>(date.day())), whole(clock.hours().count()),
                  whole(clock.minutes().count()), whole(clock.seconds().count()),
                  whole(clock.subseconds().count()));
    return text.data();
}

std::tm to_local(timestamp time) {
    const std::time_t whole = std::chrono::floor<std::chrono::seconds>(time).count();
    const std::tm* const local = std::localtime(&whole);
    return local == nullptr ? std::tm{} : *local;
}

std::optional<std::string> local_time(const std::string& text) {
    std::array<int, 6> parts{};
    auto& [year, month, day, hour, minute, second] = parts;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
                    &second) != 6 ||
        !text.ends_with('Z'))
        return std::nullopt;
    const auto date = std::chrono::year(year) / month / day;
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const std::tm local =
        to_local(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                 std::chrono::minutes(minute) + std::chrono::seconds(second));
    std::array<char, 64> result{};
    return std::string(result.data(), std::strftime(result.data(), result.size(), "%H:%M", &local));
}
