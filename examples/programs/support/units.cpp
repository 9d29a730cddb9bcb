// SPDX-License-Identifier: MIT
#include "support/units.hpp"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace units {

const table& of_bytes() {
    constexpr double kibi = 1024;
    static const table bytes{{"K", kibi},
                             {"M", kibi * kibi},
                             {"G", kibi * kibi * kibi},
                             {"T", kibi * kibi * kibi * kibi}};
    return bytes;
}

const table& of_seconds() {
    static const table seconds{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 24 * 3600}};
    return seconds;
}

std::string take_away(std::string& text, const table& units) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end == '\0' || vanishes(text)) return {};
    const auto unit = units.find(end);
    if (unit == units.end()) return text + " has a unit that is unknown";
    text = written(number * unit->second);
    return {};
}

std::string written(double number, const table& units) {
    const std::pair<const std::string, double>* best = nullptr;
    for (const auto& unit : units) {
        const double count = number / unit.second;
        const bool whole = count >= 1 && count == std::floor(count);
        if (whole && (best == nullptr || unit.second > best->second)) best = &unit;
    }
    return best == nullptr ? written(number) : written(number / best->second) + best->first;
}

std::string written(double number) {
    std::ostringstream text;
    text.precision(15);
    text << number;
    return text.str();
}

bool vanishes(const std::string& text) {
    errno = 0;
    return std::strtod(text.c_str(), nullptr) == 0 && errno == ERANGE;
}

} // namespace units
